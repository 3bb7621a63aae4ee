"""Grids of every kind that ROIs must be right on, and a slow judge that looks at every voxel."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.geometry import Geometry

FRAME = "1.2.3"
AXIAL = np.eye(3)[::-1]


def axial(shape=(9, 12, 14), spacing=(4.0, 2.0, 3.0), origin=(-20.0, -12.0, -16.0)) -> Geometry:
    return Geometry.from_axes(shape, spacing, AXIAL, origin, FRAME)


def oblique() -> Geometry:
    turn = Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()
    return Geometry.from_axes((10, 12, 14), (4.0, 2.0, 3.0), AXIAL @ turn.T, (-25.0, -12.0, -16.0), FRAME)


def flipped() -> Geometry:
    return Geometry.from_axes((9, 12, 14), (4.0, 2.0, 3.0), -AXIAL, (20.0, 12.0, 16.0), FRAME)


def sheared() -> Geometry:
    affine = axial().affine.copy()
    affine[1, 0] = 1.5
    return Geometry((9, 12, 14), affine, FRAME)


GRIDS = {"axial": axial, "oblique": oblique, "flipped": flipped, "sheared": sheared}


@pytest.fixture(params=GRIDS)
def grid(request) -> Geometry:
    return GRIDS[request.param]()


@pytest.fixture
def axial_grid() -> Geometry:
    return axial()


@pytest.fixture
def centers(grid):
    return every_center(grid)


def every_center(geometry: Geometry) -> np.ndarray:
    return geometry.to_lps(np.stack(np.indices(geometry.shape), -1))


@pytest.fixture
def painted():
    """Return a function that spreads a region over its whole image."""

    def paint(region, geometry):
        full = np.zeros(geometry.shape, bool)
        full[region.slices] = region.mask
        return full

    return paint

"""A CT of the IEC phantom in the frame of reference of its PET."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats, Geometry
from viewer.core.volume import Volume
from viewer.simulate.coverage import body_coverage, slice_points
from viewer.simulate.iec import BODY_WALL_MM, IecPhantom
from viewer.simulate.phantom_frame import phantom_geometry, phantom_origin

SPACING_MM = (3.0, 0.9765625, 0.9765625)
FIELD_MM = (240.0, 500.0, 500.0)
AIR, WATER, PMMA, LUNG = -1000.0, 0.0, 120.0, -700.0
COUCH_SHELL, COUCH_FOAM = -150.0, -880.0
COUCH_TOP_MM, COUCH_THICKNESS_MM, COUCH_HALF_WIDTH_MM, COUCH_SHELL_MM = 118.0, 30.0, 210.0, 3.0
NOISE_GRAIN_MM = 1.2
"""FWHM of the noise of a soft reconstruction kernel."""


def simulate_ct(
    phantom: IecPhantom, rng: np.random.Generator, *, noise_hu: float = 9.0, geometry: Geometry | None = None
) -> Volume:
    """Return the CT (slices, rows, columns) in HU: water, walls, lung insert, couch, noise of SD ``noise_hu``."""
    grid = geometry or phantom_geometry(phantom, SPACING_MM, FIELD_MM)
    hu = clean_ct(phantom, grid)
    hu += noise(grid, noise_hu, rng)
    return Volume(hu, grid, "HU", phantom_origin("CT", "CT for attenuation correction"))


def clean_ct(phantom: IecPhantom, geometry: Geometry) -> NDArray[np.float32]:
    """Return the noise-free CT numbers (slices, rows, columns) in HU, partial volume included."""
    hu = _couch(phantom, geometry)
    step = float(np.mean(geometry.spacing_mm[1:]))

    def shell(points: Floats) -> Floats:
        return phantom.body_distance(points) - BODY_WALL_MM

    for distance, value in ((shell, PMMA), (phantom.body_distance, WATER), (phantom.lung_distance, LUNG)):
        part = body_coverage(geometry, distance, step)
        hu += part * (np.float32(value) - hu)
    walls = phantom.sphere_fractions(geometry, phantom.wall_mm) - phantom.sphere_fractions(geometry)
    hu += walls.sum(axis=0) * np.float32(PMMA - WATER)
    return hu


def _couch(phantom: IecPhantom, geometry: Geometry) -> NDArray[np.float32]:
    """Return air with a couch (carbon shell, foam inside) under the phantom, along the patient's z."""
    points = slice_points(geometry, 0) - np.asarray(phantom.center_lps_mm)
    x, y = points[..., 0], points[..., 1] - COUCH_TOP_MM
    bow = 9 * (x / COUCH_HALF_WIDTH_MM) ** 2  # the top is hollow
    inside = np.minimum.reduce([y + bow, COUCH_THICKNESS_MM - y - bow, COUCH_HALF_WIDTH_MM - np.abs(x)])
    shell, foam = (np.clip(d / geometry.spacing_mm[1] + 0.5, 0, 1) for d in (inside, inside - COUCH_SHELL_MM))
    plane = AIR + shell * (COUCH_SHELL - AIR) + foam * (COUCH_FOAM - COUCH_SHELL)
    return np.repeat(plane[None].astype(np.float32), geometry.shape[0], axis=0)


def noise(geometry: Geometry, sd: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return noise (slices, rows, columns) of ``sd``, slightly correlated in the plane as by a soft kernel."""
    out = np.empty(geometry.shape, np.float32)
    sigma = NOISE_GRAIN_MM / 2.355 / geometry.spacing_mm[1]
    for plane in out:
        ndimage.gaussian_filter(rng.standard_normal(plane.shape, dtype=np.float32), sigma, output=plane)
    return out * np.float32(sd / max(float(out[0].std()), 1e-9))

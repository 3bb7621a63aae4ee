import numpy as np
import pytest

from viewer.core.geometry import Geometry
from viewer.core.reslice import Plane, native_plane, standard_plane
from viewer.core.volume import Volume
from viewer.measuring import Reading
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Box, Ellipsoid, Isocontour, MaskShape, Polygon, Sphere, Whole
from viewer.ui.roi_edit import center_of, ellipse_between, polygon_of, pulled, sphere_between
from viewer.ui.roi_laid import laid
from viewer.ui.roi_outline import handles, outline

GRID = Geometry.from_axes((40, 40, 40), (1, 1, 1), np.eye(3)[::-1], (-20, -20, -20))
TURNED = tuple(map(tuple, np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1.0]])))
SQUARE = ((-8.0, -8.0, 0.0), (8.0, -8.0, 0.0), (8.0, 8.0, 0.0), (-8.0, 8.0, 0.0))
SHAPES = {
    "sphere": Sphere((1, 2, 3), 9),
    "ellipsoid": Ellipsoid((1, 2, 3), (12, 6, 8), TURNED),
    "box": Box((-7, -5, -3), (8, 9, 10)),
    "polygon": Polygon((SQUARE,), (0, 0, 1), 6.0),
}


def area(lines) -> float:
    """Signed areas of closed lines, by the shoelace formula."""
    return sum(abs(np.sum(line[:-1, 0] * line[1:, 1] - line[1:, 0] * line[:-1, 1])) / 2 for line in lines)


def fine(plane: Plane) -> Geometry:
    shape = (plane.shape[0] * 5, plane.shape[1] * 5)
    spacing = (plane.spacing_mm[0] / 5, plane.spacing_mm[1] / 5)
    return Plane(plane.center_lps_mm, plane.right, plane.down, spacing, shape).geometry


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("orientation", ["axial", "coronal", "sagittal"])
def test_an_outline_encloses_what_is_measured(name, orientation):
    plane = standard_plane(GRID, orientation, (0.3, 0.4, 0.6))
    region = rasterize(SHAPES[name], fine(plane))
    counted = region.voxels * 0.04
    assert counted > 30
    assert area(outline(SHAPES[name], plane)) == pytest.approx(counted, rel=0.03)


@pytest.mark.parametrize("name", SHAPES)
def test_no_outline_where_the_plane_passes_by(name):
    assert outline(SHAPES[name], standard_plane(GRID, "axial", (0, 0, 18.0))) == []
    assert handles(SHAPES[name], standard_plane(GRID, "axial", (0, 0, 18.0))) == []


def test_an_oblique_plane_cuts_a_sphere_in_a_circle():
    right, down = np.array([1, 0, 0.0]), np.array([0, 0.6, 0.8])
    plane = Plane(np.array([1, 2, 3.0]) + 4 * np.cross(right, down), right, down, (1, 1), (40, 40))
    line = outline(SHAPES["sphere"], plane)[0]
    radii = np.hypot(*(line - plane.to_mm((1, 2, 3))).T)
    np.testing.assert_allclose(radii, np.sqrt(81 - 16), rtol=1e-6)


def test_voxel_shapes_are_outlined_by_their_voxels():
    mask = np.zeros(GRID.shape, bool)
    mask[20, 10:14, 10:16] = True
    plane = native_plane(GRID, 20)
    lines = outline(MaskShape(mask, GRID), plane)
    assert sum(np.abs(np.diff(line, axis=0)).sum() for line in lines) == 2 * (4 + 6)
    points = np.concatenate(lines)
    np.testing.assert_allclose(points.min(axis=0), (-10.5, -10.5))
    np.testing.assert_allclose(points.max(axis=0), (-4.5, -6.5))


def test_an_isocontour_needs_its_image():
    data = np.zeros(GRID.shape, np.float32)
    data[18:22, 18:22, 18:22] = 5
    shape, plane = Isocontour((-0.5, -0.5, 0.5), 8, 0.5), native_plane(GRID, 20)
    assert outline(shape, plane) == [] and laid(shape, None) is None
    lines = outline(laid(shape, Reading(Volume(data, GRID))), plane)
    assert sum(np.abs(np.diff(line, axis=0)).sum() for line in lines) == 16
    assert outline(Whole(), plane) == []


@pytest.mark.parametrize("name", SHAPES)
def test_pulling_a_handle_puts_the_border_there(name):
    plane = standard_plane(GRID, "axial", (0, 0, 1.0))
    shape = SHAPES[name]
    for handle in handles(shape, plane):
        target = np.asarray(handle.point_lps_mm) + 0.3 * (np.asarray(handle.point_lps_mm) - center_of(shape))
        changed = pulled(shape, handle, target)
        parts = np.linspace(0, 1, 30)[:, None, None]
        points = np.concatenate(
            [(line[:-1] * (1 - parts) + line[1:] * parts).reshape(-1, 2) for line in outline(changed, plane)]
        )
        assert np.hypot(*(points - plane.to_mm(target)).T).min() < 0.6
        assert type(changed) is type(shape)


def test_the_number_of_handles():
    plane = standard_plane(GRID, "axial", (0, 0, 1.0))
    assert [len(handles(shape, plane)) for shape in SHAPES.values()] == [4, 4, 4, 4]


def test_shapes_from_drags():
    plane = standard_plane(GRID, "coronal", (0, 2.0, 0))
    start, end = plane.from_mm(-5, -4), plane.from_mm(7, 6)
    sphere = sphere_between(start, end)
    assert sphere.radius_mm == pytest.approx(np.hypot(12, 10))
    ellipsoid = ellipse_between(start, end, plane)
    assert ellipsoid.radii_mm == pytest.approx((6, 5, 5))
    np.testing.assert_allclose(ellipsoid.center_lps_mm, plane.from_mm(1, 1))
    line = outline(ellipsoid, plane)[0]
    np.testing.assert_allclose(line.min(axis=0), (-5, -4), atol=0.02)
    np.testing.assert_allclose(line.max(axis=0), (7, 6), atol=0.02)
    assert sphere_between(start, start).radius_mm > 0


def test_a_drawn_polygon_covers_exactly_one_slice():
    plane = native_plane(GRID, 17)
    corners = [plane.from_mm(x, y) for x, y in ((-4.6, -4.6), (4.4, -4.6), (4.4, 4.4), (-4.6, 4.4))]
    region = rasterize(polygon_of(corners, plane, 1.0), GRID)
    assert region.offset[0] == 17 and region.mask.shape == (1, 9, 9)

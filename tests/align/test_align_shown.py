import numpy as np

from viewer.align.shown import GAP, overlay
from viewer.core.geometry import Geometry
from viewer.core.volume import Volume


def ball(center_lps_mm):
    grid = Geometry.from_axes((20, 40, 50), (4, 2, 2), np.eye(3)[::-1], (-50, -40, -40), "1.2")
    k, r, c = np.indices(grid.shape)
    points = np.moveaxis(np.array([c * 2.0 - 50, r * 2.0 - 40, k * 4.0 - 40]), 0, -1)
    inside = np.linalg.norm(points - center_lps_mm, axis=-1) < 20
    return Volume(np.where(inside, 400.0, -1000.0).astype(np.float32), grid, "HU")


def test_what_was_apart_is_coloured_above_and_grey_below_once_registered():
    matrix = np.eye(4)
    matrix[:3, 3] = (14, 6, -8)  # the patient of the second scan lies there
    picture = overlay(ball((0, 0, 0)), ball((14, 6, -8)), matrix)
    half = (len(picture) - GAP) // 2
    above, below = picture[:half], picture[half + GAP :]
    coloured = [np.mean(np.abs(part[..., 0].astype(int) - part[..., 1]) > 10) for part in (above, below)]
    assert coloured[0] > 0.05 and coloured[1] < 0.01 and below.max() > 150


def test_a_wrong_matrix_shows():
    one = ball((0, 0, 0))
    turned = np.eye(4)
    turned[0, 3] = 10
    picture = overlay(one, one, turned)
    half = (len(picture) - GAP) // 2
    assert np.array_equal(picture[:half, :, 0], picture[:half, :, 1])
    assert np.mean(picture[half + GAP :, :, 0] != picture[half + GAP :, :, 1]) > 0.05

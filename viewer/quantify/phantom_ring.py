"""Guess poses of the phantom on a CT: the lung insert gives the axis, the walls of the spheres the rest."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats, Geometry
from viewer.quantify.phantom_blobs import Pose, distinct
from viewer.quantify.phantom_shape import RADII_MM, RING_MM, WALL_MM, ball, block_means

STEP_MM = 2.1
LUNG_HU = (-900.0, -450.0)
"""0.30 ± 0.10 g/mL (IEC 61675-1), and room for noise and for foam; air and foam of the couch lie outside."""
LUNG_ML = (100.0, 700.0)
LUNG_RADIUS_MM = (18.0, 32.0)
THIN_MM = 7.0
"""What is thinner than twice this is an edge between air and plastic."""
SOFT_HU = (-100.0, 200.0)
AROUND_MM = RING_MM + 18.5 + 9.0
TURN_DEG, ALONG_MM = 2.0, 1.5
MOST_GUESSES = 4
NO_INSERT = "No NEMA IEC phantom was found on the CT: no lung insert (a cylinder of 51 mm at −900 to −450 HU)."


def guess_poses_ct(values: NDArray[np.floating], geometry: Geometry) -> list[Pose]:
    """Return the likeliest poses; raise `LowfieldError` where no lung insert is found."""
    image, grid = block_means(values, geometry, STEP_MM)
    middle, axis, half_mm = _lung(image, grid)
    image, grid = _cropped(image, grid, middle, axis, half_mm)
    soft = np.clip(image, *SOFT_HU)
    responses = [_shell_response(soft, grid, radius) for radius in RADII_MM]
    return _search(responses, grid, middle, axis, half_mm)


def _lung(image: Floats, grid: Geometry) -> tuple[Floats, Floats, float]:
    """Return middle (3,), axis (3,) and half length of the lung insert, LPS mm."""
    smooth = ndimage.gaussian_filter(image, [2.0 / step for step in grid.spacing_mm])
    light = (smooth > LUNG_HU[0]) & (smooth < LUNG_HU[1])
    core = ndimage.distance_transform_edt(np.pad(light, 1, mode="edge"), sampling=grid.spacing_mm) > THIN_MM
    labels, count = ndimage.label(core[1:-1, 1:-1, 1:-1])
    found = [_cylinder(np.argwhere(labels == n), grid) for n in range(1, count + 1)]
    fitting = [each for each in found if each is not None]
    if not fitting:
        raise LowfieldError(NO_INSERT, hint="Check that the series is a CT of the phantom.")
    return max(fitting, key=lambda each: each[2])


def _cylinder(index: NDArray[np.int_], grid: Geometry) -> tuple[Floats, Floats, float] | None:
    """Return middle, axis and half length of voxels that fill a cylinder like the insert's core, else None."""
    shrunk = (np.asarray(LUNG_RADIUS_MM) - THIN_MM) / np.mean(LUNG_RADIUS_MM)
    volume = len(index) * grid.voxel_volume_ml
    if not LUNG_ML[0] * shrunk[0] ** 2 < volume < LUNG_ML[1]:
        return None
    points = grid.to_lps(index)
    middle = points.mean(axis=0)
    _, spread, axes = np.linalg.svd(points - middle, full_matrices=False)
    along, a, b = spread / np.sqrt(len(points))
    radii = 2 * np.asarray((a, b)) + THIN_MM
    if (radii < LUNG_RADIUS_MM[0]).any() or (radii > LUNG_RADIUS_MM[1]).any() or along < 1.2 * a:
        return None
    return middle, axes[0], float(np.sqrt(3) * along + THIN_MM)


def _cropped(
    image: Floats, grid: Geometry, middle: Floats, axis: Floats, half_mm: float
) -> tuple[Floats, Geometry]:
    """Return the part of the image that may hold spheres."""
    ends = grid.to_index(middle + np.outer((-half_mm, half_mm), axis))
    reach = AROUND_MM * np.linalg.norm(grid.inverse[:3, :3], axis=1)
    first = np.clip(np.floor(ends.min(axis=0) - reach), 0, None).astype(int)
    stop = np.clip(np.ceil(ends.max(axis=0) + reach) + 1, None, grid.shape).astype(int)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(first, stop))
    part = image[k, j, i]
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_lps(first)
    return part, Geometry(part.shape, affine, grid.frame_of_reference_uid)


def _shell_response(image: Floats, grid: Geometry, radius_mm: float) -> Floats:
    """Return the correlation with the wall of one sphere, in HU times the root of its energy: a matched filter."""
    from scipy import signal  # with scipy.stats, which it loads, a fifth of what the window would wait for

    outer = radius_mm + WALL_MM + 4.0
    half = np.ceil(outer * np.linalg.norm(grid.inverse[:3, :3], axis=1)).astype(int)
    axes = np.meshgrid(*(np.arange(-n, n + 1) for n in half), indexing="ij")
    distance = np.linalg.norm(np.stack(axes, axis=-1) @ grid.affine[:3, :3].T, axis=-1)
    sigma = max(1.0, 0.45 * max(grid.spacing_mm))
    wall = ball(distance, radius_mm + WALL_MM, sigma) - ball(distance, radius_mm, sigma)
    inside = distance <= outer
    kernel = np.where(inside, wall - wall[inside].mean(), 0.0)
    kernel /= np.linalg.norm(kernel)
    return np.asarray(signal.fftconvolve(image, kernel[::-1, ::-1, ::-1], mode="same"))


def _search(responses: list[Floats], grid: Geometry, middle: Floats, axis: Floats, half_mm: float) -> list[Pose]:
    """Try every place along the axis, every turn about it and both directions of it."""
    side = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    side /= np.linalg.norm(side)
    places = np.arange(-half_mm, half_mm, ALONG_MM)
    turns = np.deg2rad(np.arange(0, 360, TURN_DEG))
    scored: list[tuple[float, Pose]] = []
    for direction in (axis, -axis):
        frame = np.stack((side, np.cross(direction, side), direction), axis=1)
        total = np.zeros((len(places), len(turns)))
        for n, response in enumerate(responses):
            angle = turns + np.deg2rad(60.0) * n
            spokes = RING_MM * (np.outer(np.cos(angle), frame[:, 0]) + np.outer(np.sin(angle), frame[:, 1]))
            points = middle + places[:, None, None] * direction + spokes
            total += ndimage.map_coordinates(response, grid.to_index(points).transpose(2, 0, 1), order=1)
        for flat in np.argsort(-total, axis=None)[: 40 * MOST_GUESSES]:
            place, turn = np.unravel_index(flat, total.shape)
            c, s = np.cos(turns[turn]), np.sin(turns[turn])
            turned = frame @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
            scored.append((float(total[place, turn]), (turned, middle + places[place] * direction)))
    return distinct([pose for _, pose in sorted(scored, key=lambda each: -each[0])], MOST_GUESSES)

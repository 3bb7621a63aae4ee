"""Guess poses of the phantom from hot blobs: three of the large spheres fix the whole ring.

No assumption about the phantom's orientation: blobs are found by Laplacians of Gaussians (Lindeberg, IJCV 1998),
and every triple of them at the right mutual distances is a candidate.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats, Geometry
from viewer.quantify.phantom_shape import RADII_MM, align, block_means, constellation

STEP_MM = 4.0
MOST_BLOBS = 45
"""Enough for the spheres beside the hot spots of a noisy edge of the field of view."""
TRIPLES = ((5, 4, 3), (5, 4, 2), (4, 3, 2), (5, 3, 2), (3, 2, 1))
"""Which spheres three blobs may be, the large ones first; the smaller ones are too easily lost in noise."""
DISTANCE_TOLERANCE_MM = 6.0
SAME_BLOB_MM = 8.0
SAME_POSE_MM = 10.0

Pose = tuple[Floats, Floats]
"""Rotation (3, 3) with the phantom's axes as columns, and the ring's middle (3,), LPS mm."""


def guess_poses(values: NDArray[np.floating], geometry: Geometry, most: int = 4) -> list[Pose]:
    """Return up to ``most`` distinct poses that hot blobs suggest, the likeliest first."""
    coarse, grid = block_means(values, geometry, STEP_MM)
    responses = [_blobness(coarse, grid, radius) for radius in RADII_MM]
    poses = _poses_of(_strongest(responses, grid))
    if not poses:
        return []
    scores = _scores(poses, responses, grid)
    return distinct([poses[n] for n in np.argsort(-scores)], most)


def distinct(poses: list[Pose], most: int) -> list[Pose]:
    """Return the first poses whose spheres lie more than 10 mm from those of every one kept before."""
    kept: list[Pose] = []
    for pose in poses:
        if len(kept) < most and all(apart_mm(pose, other) > SAME_POSE_MM for other in kept):
            kept.append(pose)
    return kept


def apart_mm(pose: Pose, other: Pose) -> float:
    """Return the largest distance between a sphere in one pose and the same sphere in the other, mm."""
    return float(np.linalg.norm(centers(pose) - centers(other), axis=1).max())


def centers(pose: Pose) -> Floats:
    """Return the centres (6, 3) of the spheres of a pose, LPS mm."""
    rotation, middle = pose
    return np.asarray(constellation() @ rotation.T + middle)


def _blobness(image: Floats, grid: Geometry, radius_mm: float) -> Floats:
    """Return −σ²∇²G at the scale of a ball of ``radius_mm``: highest in the middle of such a ball."""
    sigma = max(radius_mm / np.sqrt(3), 0.8 * max(grid.spacing_mm))
    smooth = ndimage.gaussian_filter(image, [sigma / step for step in grid.spacing_mm], mode="nearest")
    total = np.zeros_like(smooth)
    for axis, step in enumerate(grid.spacing_mm):
        total -= ndimage.correlate1d(smooth, (1, -2, 1), axis, mode="nearest") * np.float32((sigma / step) ** 2)
    return np.asarray(total)


def _strongest(responses: list[Floats], grid: Geometry) -> Floats:
    """Return LPS points (n, 3) of the strongest local maxima over the scales of the four larger spheres."""
    found: list[tuple[float, Floats]] = []
    for response in responses[2:]:
        peaks = (response == ndimage.maximum_filter(response, 3)) & (response > 0)
        at = np.argwhere(peaks)
        order = np.argsort(-response[peaks])[:MOST_BLOBS]
        found += [(float(response[tuple(index)]), grid.to_lps(index)) for index in at[order]]
    kept: list[Floats] = []
    for _, point in sorted(found, key=lambda each: -each[0]):
        if len(kept) < MOST_BLOBS and all(np.linalg.norm(point - other) > SAME_BLOB_MM for other in kept):
            kept.append(point)
    return np.asarray(kept).reshape(-1, 3)


def _poses_of(points: Floats) -> list[Pose]:
    """Return a pose for every ordered triple of points that fits one of the triples of spheres."""
    between = np.linalg.norm(points[:, None] - points[None], axis=-1)
    ring = constellation()
    poses: list[Pose] = []
    for triple in TRIPLES:
        local = ring[list(triple)]
        fits = {
            (a, b): np.abs(between - np.linalg.norm(local[a] - local[b])) < DISTANCE_TOLERANCE_MM
            for a, b in combinations(range(3), 2)
        }
        all_three = fits[0, 1][:, :, None] & fits[0, 2][:, None, :] & fits[1, 2][None]
        poses += [align(local, points[index]) for index in np.argwhere(all_three)]
    return poses


def _scores(poses: list[Pose], responses: list[Floats], grid: Geometry) -> Floats:
    """Return the mean blobness of each pose's six spheres, each at the scale of its own size."""
    at = grid.to_index(np.stack([centers(pose) for pose in poses]))
    found = [
        ndimage.map_coordinates(response, at[:, n].T, order=1, mode="constant")
        for n, response in enumerate(responses)
    ]
    return np.asarray(np.mean(found, axis=0))

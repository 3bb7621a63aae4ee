"""Fit the six spheres to an image: the rigid ring first, then each sphere's own small displacement.

At a given pose signal and surroundings of each sphere are linear unknowns and are eliminated (variable
projection, Golub & Pereyra 1973), so that only pose and sharpness are searched.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Floats, Geometry
from viewer.core.phantom import PhantomPose
from viewer.quantify.phantom_blobs import Pose, centers
from viewer.quantify.phantom_shape import FWHM_PER_SIGMA, RADII_MM, WALL_MM, align, ball, constellation, near

MARGIN_MM = 7.0
"""Voxels up to here outside a sphere are fitted: nearer than its neighbours and the lung insert."""
FEW_VOXELS, MOST_VOXELS = 500, 3000
"""Of each sphere, for a first look and for the final fit; a spread-out choice where there are more, for their
noise is not independent anyway."""
SIGMA_MM = (0.8, 8.0)
LOOSE_MM = 0.5
"""How far (standard deviation) the centre of a real sphere on its stem may lie from the ideal ring."""
MOST_MOVE_MM = 4.0

Basis = Callable[[Floats, float, float], list[Floats]]
"""From distances, radius and sigma in mm to the columns that a sphere adds to its surroundings; the first is its
signal."""


def hot_sphere(distance_mm: Floats, radius_mm: float, sigma_mm: float) -> list[Floats]:
    """PET: activity inside, and a wall without any."""
    inside = ball(distance_mm, radius_mm, sigma_mm)
    return [inside]


def walled_sphere(distance_mm: Floats, radius_mm: float, sigma_mm: float) -> list[Floats]:
    """CT: a plastic wall of 1 mm, and what is inside."""
    inside = ball(distance_mm, radius_mm, sigma_mm)
    return [ball(distance_mm, radius_mm + WALL_MM, sigma_mm) - inside, inside]


@dataclass(frozen=True, eq=False)
class Patch:
    """The voxels around one sphere: LPS places (n, 3) and numbers (n,)."""

    points: Floats
    numbers: Floats
    radius_mm: float


@dataclass(frozen=True, eq=False)
class _Explained:
    """The linear part of one sphere's fit: what is left (n,), the signal and its relative uncertainty factor."""

    left: Floats
    signal: float
    per_noise: float


def first_look(values: NDArray[np.floating], geometry: Geometry, guess: Pose, basis: Basis) -> tuple[Pose, float]:
    """Return the rigid pose near ``guess`` that explains a few voxels best, and the share it explains."""
    patches = _patches(values, geometry, centers(guess), FEW_VOXELS)
    rigid, sigma = _fit_rigid(patches, guess, basis)
    return rigid, _share(
        patches, [_explain(patch, at, sigma, basis) for patch, at in zip(patches, centers(rigid))]
    )


def fit_pose(
    values: NDArray[np.floating], geometry: Geometry, guess: Pose, basis: Basis, image: str
) -> PhantomPose:
    """Return the pose nearest to ``guess`` that explains the image best, in the least-squares sense."""
    patches = _patches(values, geometry, centers(guess), MOST_VOXELS)
    rigid, sigma = _fit_rigid(patches, guess, basis)
    fits = [_explain(patch, at, sigma, basis) for patch, at in zip(patches, centers(rigid))]
    noise = _noise(fits, sigma, geometry)
    moved = [at + _displacement(patch, at, sigma, basis, noise) for patch, at in zip(patches, centers(rigid))]
    rotation, middle = align(constellation(), np.asarray(moved))
    off = np.asarray(moved) - centers((rotation, middle))
    fits = [_explain(patch, at, sigma, basis) for patch, at in zip(patches, moved)]
    signal = np.asarray([fit.signal for fit in fits])
    doubt = np.asarray([max(noise, 1e-12) * fit.per_noise for fit in fits])
    return PhantomPose(
        center_lps_mm=middle,
        rotation=rotation,
        sphere_centers_lps_mm=np.asarray(moved),
        contrast=signal,
        signal_to_noise=signal / doubt,
        explained=_share(patches, fits),
        residual_mm=float(np.sqrt((off**2).sum(axis=1).mean())),
        fwhm_mm=sigma * FWHM_PER_SIGMA,
        image=image,
    )


def _patches(values: NDArray[np.floating], geometry: Geometry, at: Floats, most: int) -> list[Patch]:
    patches = []
    for point, radius in zip(at, RADII_MM):
        box = near(geometry, point, radius + MARGIN_MM)
        inside = box.distance_mm <= radius + MARGIN_MM
        points, numbers = box.offset_mm[inside] + point, np.asarray(values[box.slices], np.float64)[inside]
        if numbers.size > most:
            keep = np.random.default_rng(0).choice(numbers.size, most, replace=False)
            points, numbers = points[keep], numbers[keep]
        patches.append(Patch(points, numbers, float(radius)))
    return patches


def signals_at(values: NDArray[np.floating], geometry: Geometry, pose: PhantomPose) -> PhantomPose:
    """Return ``pose``, found on another image, with the signals that this PET shows at its six places."""
    patches = _patches(values, geometry, pose.sphere_centers_lps_mm, MOST_VOXELS)

    def explained(sigma: float) -> list[_Explained]:
        return [_explain(patch, at, sigma, hot_sphere) for patch, at in zip(patches, pose.sphere_centers_lps_mm)]

    sigma = max(np.linspace(1.5, 5.0, 15), key=lambda each: _share(patches, explained(float(each))))
    fits = explained(float(sigma))
    noise = _noise(fits, float(sigma), geometry)
    signal = np.asarray([fit.signal for fit in fits])
    doubt = np.asarray([max(noise, 1e-12) * fit.per_noise for fit in fits])
    return replace(pose, contrast=signal, signal_to_noise=signal / doubt)


def whole(values: NDArray[np.floating], geometry: Geometry, pose: Pose) -> bool:
    """Whether the image holds all six spheres with their surroundings, and numbers everywhere there."""
    for point, radius in zip(centers(pose), RADII_MM):
        index, reach = geometry.to_index(point), np.linalg.norm(geometry.inverse[:3, :3], axis=1) * radius
        if (index - reach < -0.5).any() or (index + reach > np.asarray(geometry.shape) - 0.5).any():
            return False
        if not np.isfinite(values[near(geometry, point, radius + MARGIN_MM).slices]).all():
            return False
    return True


def _explain(patch: Patch, center: Floats, sigma: float, basis: Basis) -> _Explained:
    distance = np.linalg.norm(patch.points - center, axis=1)
    columns = basis(distance, patch.radius_mm, sigma)
    design = np.stack([*columns, np.ones_like(distance)], axis=1)
    normal = design.T @ design + 1e-9 * np.eye(design.shape[1])
    inverse = np.linalg.inv(normal)
    solution = inverse @ (design.T @ patch.numbers)
    return _Explained(patch.numbers - design @ solution, float(solution[0]), float(np.sqrt(inverse[0, 0])))


def _fit_rigid(patches: list[Patch], guess: Pose, basis: Basis) -> tuple[Pose, float]:
    """Search turn (rotation vector, in units of 57.2 mm so that all steps are mm), shift and log sharpness."""
    from scipy.optimize import least_squares  # the window shows before either is needed
    from scipy.spatial.transform import Rotation

    rotation, middle = guess
    scale = float(np.std(np.concatenate([patch.numbers for patch in patches]))) or 1.0

    def pose_of(x: Floats) -> Pose:
        return Rotation.from_rotvec(x[:3] / 57.2).as_matrix() @ rotation, middle + x[3:6]

    def left(x: Floats) -> Floats:
        at = centers(pose_of(x))
        fits = (_explain(patch, point, float(np.exp(x[6])), basis) for patch, point in zip(patches, at))
        return np.concatenate([fit.left for fit in fits]) / scale

    low, high = np.log(SIGMA_MM)
    start = np.append(np.zeros(6), np.log(2.8))
    bounds = (np.append(np.full(6, -20.0), low), np.append(np.full(6, 20.0), high))
    found = least_squares(left, start, bounds=bounds, xtol=1e-5, ftol=1e-6, x_scale=np.append(np.ones(6), 0.3))
    return pose_of(found.x), float(np.exp(found.x[6]))


def _noise(fits: list[_Explained], sigma: float, geometry: Geometry) -> float:
    """Return the SD of what is left, as if of independent voxels.

    Smoothing by σ_f correlates noise over (4π)^(3/2) σ_f³; σ_f is taken as the image's sharpness over √2, for part
    of that is the detector's, which correlates nothing.
    """
    left = np.concatenate([fit.left for fit in fits])
    grain_ml = (4 * np.pi) ** 1.5 * (sigma / np.sqrt(2)) ** 3 / 1000
    taken_ml = max(geometry.voxel_volume_ml, _volume_ml() / left.size)
    return float(left.std() * np.sqrt(max(1.0, grain_ml / taken_ml)))


def _volume_ml() -> float:
    return float((4 / 3 * np.pi * (RADII_MM + MARGIN_MM) ** 3).sum() / 1000)


def _displacement(patch: Patch, center: Floats, sigma: float, basis: Basis, noise: float) -> Floats:
    """Return how far (3,) in mm one sphere lies from the ring: the image's word against how loose spheres are."""

    from scipy.optimize import least_squares

    def left(move: Floats) -> Floats:
        fit = _explain(patch, center + move, sigma, basis)
        return np.concatenate([fit.left / max(noise, 1e-12), move / LOOSE_MM])

    return np.asarray(least_squares(left, np.zeros(3), bounds=(-MOST_MOVE_MM, MOST_MOVE_MM), xtol=1e-4).x)


def _share(patches: list[Patch], fits: list[_Explained]) -> float:
    total = sum(float(((patch.numbers - patch.numbers.mean()) ** 2).sum()) for patch in patches)
    left = sum(float((fit.left**2).sum()) for fit in fits)
    return 1 - left / total if total > 0 else 0.0

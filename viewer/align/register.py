"""Rigid registration of two images of one kind: the motion that maximises their normalised cross-correlation.

Coarse to fine on smoothed images of the patient alone: a couch that stays where it is would hold the
patient back. Both images are brought to mean 0 and variance 1 where they overlap, so half the mean squared
difference is 1 − correlation; it is minimised over six parameters with its exact gradient. SimpleITK would do it
too, but is 50 MB for this one function, and as a test dependency it is the judge (tests/align).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from viewer.align.picture import Scene
from viewer.align.rigid import Rigid
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.core.progress import Progress, silent
from viewer.core.volume import Volume

SPACINGS_MM = (16.0, 8.0, 4.0)
LEAST_OVERLAP = 0.3
"""A start that shares less of the field than this is none."""
MOST_POINTS = 40_000
"""So many points of the fixed image decide at each level; more only cost time."""
MARGIN = 2.0
"""Voxels around the body that decide too, so that its outline counts; air far away says nothing."""
START_TURNS_DEG = (8.0, -8.0)
"""About the body's long axis, on which a body is roundest and a patient lies turned most easily."""
SCALE = np.array([0.01, 0.01, 0.01, 1.0, 1.0, 1.0])
"""One step of each parameter: 0.01 rad and 1 mm move the edge of a body about as far."""


def align(fixed: Volume, moving: Volume, progress: Progress = silent) -> Rigid:
    """Return the motion from LPS mm of ``fixed`` to LPS mm of ``moving`` that brings the images together.

    Both are CT (HU), or both PET. Raises `LowfieldError` where the fields do not overlap or it does not converge.
    Judge the result with `viewer.align.judge.registered` before you use it.
    """
    return align_scenes(*scenes(fixed, moving), progress)


def scenes(fixed: Volume, moving: Volume) -> tuple[Scene, Scene]:
    """Return both images ready to be compared. Raises `LowfieldError` where they are not of one kind."""
    if (fixed.unit == "HU") != (moving.unit == "HU"):
        raise LowfieldError("A CT and a PET cannot be registered to each other; two images of one kind can.")
    return Scene.of(fixed), Scene.of(moving)


def align_scenes(first: Scene, second: Scene, progress: Progress = silent) -> Rigid:
    """Do what `align` does with images that are ready."""
    found: Rigid | None = None
    for number, spacing in enumerate(SPACINGS_MM):
        progress(number / len(SPACINGS_MM), f"Registering at {spacing:g} mm")
        pair = first.blurred(spacing), second.blurred(spacing)
        found = _coarse(*pair) if found is None else descend(*pair, found)[0]
    assert found is not None
    return descend(*pair, found)[0]  # once more from there: where a couch touches is known only now


def _coarse(fixed: Scene, moving: Scene) -> Rigid:
    """Start from equal coordinates, equal grid centres and equal body centres; return the best end."""
    center = fixed.mass_center
    shifts = (
        np.zeros(3),
        moving.geometry.center_lps_mm - fixed.geometry.center_lps_mm,
        moving.mass_center - fixed.mass_center,
    )
    starts = [Rigid(np.concatenate([np.zeros(3), shift]), center) for shift in shifts]
    usable = [start for start in starts if correlation(fixed, moving, start)[1] >= LEAST_OVERLAP]
    if not usable:
        raise LowfieldError("The two images share too little of their fields to be registered.")
    best = min((descend(fixed, moving, start) for start in usable), key=lambda each: each[1])
    turned = (moved(best[0], np.deg2rad([0, 0, angle, 0, 0, 0]) / SCALE) for angle in START_TURNS_DEG)
    return min([best, *(descend(fixed, moving, start) for start in turned)], key=lambda each: each[1])[0]


def descend(
    fixed: Scene,
    moving: Scene,
    start: Rigid,
    chosen: NDArray[np.bool_] | None = None,
    most_points: int = MOST_POINTS,
) -> tuple[Rigid, float]:
    """Return the nearest minimum and its 1 − correlation; ``chosen`` (n,) are the fixed voxels that decide."""
    decide = np.flatnonzero(fixed.near_body(MARGIN * fixed.resolution_mm) if chosen is None else chosen)
    decide = decide[~moving.touched_at(start.apply(fixed.points[decide]))]  # once, so that the cost stays smooth
    decide = decide[:: max(1, -(-len(decide) // most_points))]
    points, values = fixed.points[decide], fixed.values.ravel()[decide].astype(np.float64)

    def residuals(steps: Floats) -> Floats:
        seen, inside = moving.sample(moved(start, steps).apply(points))
        missed = _standard(seen, inside)[0] - _standard(values, inside)[0]
        return np.asarray(np.where(inside, missed, 0.0) / np.sqrt(max(int(inside.sum()), 1)))

    def jacobian(steps: Floats) -> Floats:
        motion = moved(start, steps)
        at = motion.apply(points)
        seen, inside = moving.sample(at)
        normal, spread = _standard(seen, inside)
        change = _parameter_gradient(moving.sample_gradient(at), points, motion) * SCALE
        change -= change[inside].mean(axis=0)
        change -= normal[:, None] * (normal[inside, None] * change[inside]).mean(axis=0)
        return np.asarray(np.where(inside[:, None], change / spread, 0.0) / np.sqrt(max(int(inside.sum()), 1)))

    found = least_squares(residuals, np.zeros(6), jacobian, method="lm", xtol=1e-5, ftol=1e-8, max_nfev=120)
    if not found.success:
        raise LowfieldError("The registration does not converge.")
    return moved(start, found.x), float(found.cost)


def moved(start: Rigid, steps: Floats) -> Rigid:
    """Return the motion ``steps`` (6,), in units of `SCALE`, away from ``start``."""
    change = steps * SCALE
    turn = Rotation.from_rotvec(change[:3]) * Rotation.from_rotvec(start.parameters[:3])
    return Rigid(np.concatenate([turn.as_rotvec(), start.parameters[3:] + change[3:]]), start.center_lps_mm)


def _parameter_gradient(gradient: Floats, points: Floats, motion: Rigid) -> Floats:
    """Return ∂value/∂parameter (n, 6) for a further small turn and shift: a turn ω moves an arm r by ω × r."""
    arms = (points - motion.center_lps_mm) @ motion.rotation.T
    return np.concatenate([np.cross(arms, gradient), gradient], axis=1)


def _standard(values: Floats, inside: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Return values with mean 0 and variance 1 among those ``inside``, and the spread they had."""
    chosen = values[inside]
    if chosen.size < 2:
        return np.zeros_like(values), 1.0
    spread = float(chosen.std()) or 1.0
    return (values - chosen.mean()) / spread, spread


def correlation(fixed: Scene, moving: Scene, motion: Rigid) -> tuple[float, float]:
    """Return the correlation where the images overlap, and which part of the fixed one that is."""
    seen, inside = moving.sample(motion.apply(fixed.points))
    a, b = _standard(seen, inside)[0], _standard(fixed.values.ravel().astype(np.float64), inside)[0]
    return float((a[inside] * b[inside]).mean()) if inside.any() else 0.0, float(inside.mean())

"""Whether a registration may be believed: correlation, overlap of the bodies, plausibility, and the way back."""

from dataclasses import replace

import numpy as np

from viewer.align.halves import disagreement_mm, restart_mm
from viewer.align.picture import Scene
from viewer.align.register import align_scenes, correlation, scenes
from viewer.align.rigid import Rigid
from viewer.align.shown import overlay
from viewer.core.dose import Alignment
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.core.progress import Progress, part, silent
from viewer.core.volume import Volume

JUDGED_AT_MM = 6.0
LEAST_CORRELATION = 0.6
LEAST_DICE = 0.7
LEAST_OVERLAP = 0.5
MOST_ROTATION_DEG = 30.0
"""Nobody lies on the table turned by more; a larger turn is a wrong minimum."""
MOST_INVERSE_ERROR_MM = 3.0
MOST_RESTART_MM = 2.0
"""The same images from another start: more means that the images do not say where the body lies."""
MOST_DISAGREEMENT_MM, DOUBTED_MM = 6.0, 3.0
"""Halves of the body: beyond the first it is refused, beyond the second it carries a warning."""
HINT = "Register the images elsewhere, or verify each time point on its own."


def registered(fixed: Volume, moving: Volume, progress: Progress = silent) -> tuple[Rigid, Alignment]:
    """Register ``moving`` to ``fixed`` and back, and return the motion with its evidence.

    Raises `LowfieldError` that says by which measure it failed: no convergence, a correlation, Dice overlap of the
    bodies or shared field that is too low or got worse, an implausible turn, or a way back that ends elsewhere.
    """
    sharp = scenes(fixed, moving)
    motion = align_scenes(*sharp, part(progress, 0.0, 0.4))
    back = align_scenes(*sharp[::-1], part(progress, 0.4, 0.8))
    progress(0.8, "Registering halves of the body")
    first, second = (scene.blurred(JUDGED_AT_MM) for scene in sharp)
    still = Rigid(np.zeros(6), motion.center_lps_mm)
    before, after = correlation(first, second, still), correlation(first, second, motion)
    overlaps = dice(first, second, still), dice(first, second, motion)
    error = inverse_error_mm(first, motion, back)
    turns, shift = _triple(np.rad2deg(motion.parameters[:3])), _triple(motion.parameters[3:])
    center = _triple(motion.center_lps_mm)
    kind = "CT to CT" if fixed.unit == "HU" else "PET to PET"
    evidence = Alignment(
        moving.origin.series_uid, moving.origin.series_description, f"rigid registration, {kind}", motion.matrix,
        turns, shift, center, (before[0], after[0]), overlaps, after[1], error,
        restart_mm(first, second, motion), disagreement_mm(first, second, motion),
    )  # fmt: skip
    judge(evidence, motion.angle_deg)
    return motion, replace(evidence, picture=overlay(fixed, moving, motion.matrix))


def judge(evidence: Alignment, angle_deg: float) -> None:
    """Raise `LowfieldError` naming the first measure by which a registration cannot be believed."""
    assert evidence.correlation and evidence.dice and evidence.overlap is not None
    (before, after), (dice_before, dice_after) = evidence.correlation, evidence.dice
    failures = (
        (angle_deg > MOST_ROTATION_DEG, f"it turns the patient by {angle_deg:.0f}°"),
        (evidence.overlap < LEAST_OVERLAP, f"the images share only {evidence.overlap:.0%} of their fields"),
        (after < LEAST_CORRELATION, f"the correlation is only {after:.2f} afterwards"),
        (after < before - 0.01, f"the correlation falls from {before:.2f} to {after:.2f}"),
        (dice_after < LEAST_DICE, f"the bodies overlap by a Dice of only {dice_after:.2f} afterwards"),
        (dice_after < dice_before - 0.02, f"the bodies' overlap falls from {dice_before:.2f} to {dice_after:.2f}"),
    )
    why = next((text for failed, text in failures if failed), None) or _missed(evidence)
    if why:
        where = evidence.series_description
        raise LowfieldError(f"The registration is not believed: {why}.", where=where, hint=HINT)


def _missed(evidence: Alignment) -> str:
    """Return by which measure in mm it ends elsewhere when found in another way; empty if by none."""
    measures = (
        (
            evidence.inverse_error_mm,
            MOST_INVERSE_ERROR_MM,
            "registered the other way round it ends {:.1f} mm elsewhere",
        ),
        (evidence.restart_mm, MOST_RESTART_MM, "from a start 3° beside it the body ends {:.1f} mm elsewhere"),
        (
            evidence.disagreement_mm,
            MOST_DISAGREEMENT_MM,
            "registered alone, half of the body ends {:.1f} mm elsewhere",
        ),
    )
    return next((text.format(found) for found, most, text in measures if found is not None and found > most), "")


def doubts(evidence: Alignment) -> tuple[str, ...]:
    """Return what to warn of in a registration that is not refused."""
    found = evidence.disagreement_mm
    if found is None or found <= DOUBTED_MM:
        return ()
    return (
        f"{evidence.series_description}: registered alone, half of the body ends {found:.1f} mm elsewhere at its "
        "surface. The patient may be bent differently, or the images hold too little to tell a turn; look whether "
        "small ROIs lie where they should.",
    )


def dice(fixed: Scene, moving: Scene, motion: Rigid) -> float:
    """Return 2·|A∩B| / (|A| + |B|) of the two bodies, where both images reach."""
    seen, inside = moving.sample(motion.apply(fixed.points))
    first, second = fixed.values.ravel()[inside] > fixed.foreground, seen[inside] > moving.foreground
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 0.0


def inverse_error_mm(scene: Scene, motion: Rigid, back: Rigid) -> float:
    """Return by how much body points miss themselves (RMS, mm) after the motion and the way back."""
    body = scene.points[scene.body.ravel()]
    missed = back.apply(motion.apply(body)) - body
    return float(np.sqrt((missed**2).sum(axis=1).mean())) if len(body) else 0.0


def _triple(values: Floats) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z

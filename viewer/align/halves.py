"""Evidence that outline, couch and symmetry cannot feign: other starts and halves of the body must agree.

Correlation and Dice stay near 1 while a round body is turned wrongly, and the way back repeats the same mistake.
Here the body starts a few degrees beside the motion in question and must come back to it: as a whole, and then
each half by what it holds itself.
"""

import numpy as np
from numpy.typing import NDArray

from viewer.align.body import surface
from viewer.align.picture import Scene
from viewer.align.register import MARGIN, SCALE, descend, moved
from viewer.align.rigid import Rigid
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats

NUDGE_DEG = 3.0
TURN_OF_SPLIT = (1, 2, 0)
"""Left and right are nudged about y, front and back about z (a couch holds the back), head and feet about x."""
PERCENTILE = 95
MOST_POINTS = 12_000
NOWHERE = float("inf")


def restart_mm(fixed: Scene, moving: Scene, motion: Rigid) -> float:
    """Return how far the whole body ends from ``motion`` when it starts 3° beside it, in mm at its surface (P95).

    The worst of a start turned about each axis; infinite where one does not converge.
    """
    return max(_missed_mm(fixed, moving, motion, _nudge(axis, 1.0), np.ones_like(fixed.body)) for axis in range(3))


def disagreement_mm(fixed: Scene, moving: Scene, motion: Rigid) -> float:
    """Return how far the worst of six halves ends from ``motion``, in mm: P95 over that half's body surface.

    Infinite where a half cannot be registered at all. What bends (neck, arms) tells here too, in mm.
    """
    along = (fixed.points - fixed.mass_center).T.reshape(3, *fixed.geometry.shape)
    return max(
        _missed_mm(fixed, moving, motion, _nudge(turn, side), side * along[axis] > 0)
        for axis, turn in enumerate(TURN_OF_SPLIT)
        for side in (1.0, -1.0)
    )


def _nudge(axis: int, side: float) -> Floats:
    nudge = np.zeros(6)
    nudge[axis] = np.deg2rad(side * NUDGE_DEG)
    return np.asarray(nudge / SCALE)


def _missed_mm(fixed: Scene, moving: Scene, motion: Rigid, nudge: Floats, part: NDArray[np.bool_]) -> float:
    chosen = fixed.near_body(MARGIN * fixed.resolution_mm) & part.ravel()
    at = fixed.points[(surface(fixed.body) & part).ravel()]
    try:
        start = moved(motion, nudge)
        found = descend(fixed, moving, start, chosen, MOST_POINTS)[0]
    except LowfieldError:
        return NOWHERE
    missed = np.linalg.norm(found.apply(at) - motion.apply(at), axis=1)
    return float(np.percentile(missed, PERCENTILE)) if len(missed) else NOWHERE

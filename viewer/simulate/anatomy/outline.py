"""The outside: skin, fat under it, and muscle as the filling of everything deeper."""

import numpy as np

from viewer.simulate.anatomy.brain_shape import vault
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Array, blend, cut, ellipsoid, step
from viewer.simulate.anatomy.slab import Slab

SKIN_MM = 2.0


def outline(x: Array, y: Array, z: Array, scalp: float) -> Array:
    """Return the distance to the skin; ``scalp`` is the distance from brain to skin over the vault."""
    side = np.abs(x)
    head = vault(x, y, z) - scalp
    temple = ellipsoid(side, y, z, (54, -12, -12), (19, 42, 44))
    face = ellipsoid(x, y, z, (0, -34, -58), (60, 50, 72))
    neck = cut(np.sqrt((x / 56) ** 2 + ((y - 34) / 58) ** 2) * 57 - 57, z + 30, 20)
    nape = ellipsoid(x, y, z, (0, 44, -38), (66, 58, 46))
    skull = blend(blend(head, temple, 14), nape, 20)
    return blend(blend(blend(skull, face, 24), neck, 26), _features(side, y, z), 6)


def _features(side: Array, y: Array, z: Array) -> Array:
    """Return nose and ears."""
    bridge = ellipsoid(side, y, z, (0, -79, -44), (9, 15, 24))
    tip = ellipsoid(side, y, z, (0, -84, -58), (13, 12, 11))
    ear = ellipsoid(side, y, z, (76, 28, -17), (5, 11, 18))
    return np.minimum(blend(bridge, tip, 8), ear)


def paint_outline(slab: Slab, person: Person) -> None:
    """Paint skin, fat and muscle; fat septa wind between the muscles of face and neck."""
    traits = person.traits
    scalp = traits.subarachnoid + traits.skull + SKIN_MM + traits.fat
    depth = -outline(*slab.points, scalp)
    slab.paint(depth > 0, Tissue.SKIN)
    slab.paint(depth > SKIN_MM, Tissue.FAT)
    slab.paint(depth > SKIN_MM + traits.fat, Tissue.MUSCLE)
    _paint_septa(slab, person)


def _paint_septa(slab: Slab, person: Person) -> None:
    """Part the filling into muscles that run along z, with fat between them."""
    chosen = (slab.labels == Tissue.MUSCLE) & (slab.z < 20)
    x, y, z = (axis[chosen] for axis in slab.points)
    gap = person.folds(np.abs(x), y, z * np.float32(0.35))
    slab.labels[chosen] = np.where(gap < 0.7 + 0.8 * step(-z, 20, 60), Tissue.FAT, Tissue.MUSCLE)

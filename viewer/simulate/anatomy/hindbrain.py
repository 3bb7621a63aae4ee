"""Brainstem, cerebellum and fourth ventricle."""

import numpy as np

from viewer.simulate.anatomy.brain_shape import floor
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Array, Node, blend, capsule, cut, ellipsoid, sheet, tube
from viewer.simulate.anatomy.slab import Slab

CORD: list[Node] = [((0, 27, -40), 11.0), ((0, 35, -54), 8.5), ((0, 43, -70), 6.5), ((0, 47, -112), 5.5)]
FOLIUM_RAD = 0.27
"""Angle between the main folds of the cerebellum, seen from the side, about the fourth ventricle."""


def paint_hindbrain(slab: Slab, person: Person) -> None:
    """Paint cerebellum, brainstem, and the ventricle between them."""
    part = slab.near((-55, 5, -112), (55, 100, 4))
    if part is None:
        return
    _paint_cerebellum(part, person)
    _paint_stem(part)


def _paint_cerebellum(slab: Slab, person: Person) -> None:
    side = np.abs(slab.x)
    y, z = slab.y, slab.z
    lobe = ellipsoid(side, y, z, (25, 61, -35), (27, 29.5, 23))
    vermis = ellipsoid(side, y, z, (0, 56, -27), (15, 31, 24))
    hull = cut(blend(lobe, vermis, 6), z - floor(slab.x, y) + 2.5, 4)
    chosen = hull < 0
    distance = _folia(slab.x[chosen], y[chosen], z[chosen], -hull[chosen], person)
    grey = np.where(distance < 2.2, Tissue.GREY, Tissue.WHITE)
    slab.labels[chosen] = np.where(distance < 0, Tissue.CSF, grey)
    slab.paint(ellipsoid(side, y, z, (15, 52, -36), (13, 9, 6)) < 0, Tissue.WHITE)


def _folia(x: Array, y: Array, z: Array, depth: Array, person: Person) -> Array:
    """Return the distance to fluid: thin transverse clefts, fanned about the fourth ventricle."""
    u, v = y - np.float32(44), z + np.float32(35)
    wobble = person.wobble[0](x, y, z) * np.float32(0.14) + np.abs(x) * np.float32(0.006)
    phase = np.abs(np.mod((np.arctan2(v, u) + wobble) / FOLIUM_RAD, 1) - np.float32(0.5))
    gap = (0.5 - phase) * FOLIUM_RAD * np.sqrt(u * u + v * v)
    return np.minimum(depth, sheet(gap, depth - 10) - 0.2)


def _paint_stem(slab: Slab) -> None:
    side = np.abs(slab.x)
    y, z = slab.y, slab.z
    pons = ellipsoid(side, y, z, (0, 21, -30), (17, 12, 14))
    midbrain = ellipsoid(side, y, z, (0, 24, -11), (17, 12, 14))
    arms = capsule(side, y, z, ((12, 26, -31), 8), ((22, 50, -36), 7))
    slab.paint(arms < 0, Tissue.WHITE)
    stem = blend(blend(pons, midbrain, 6), tube(side, y, z, CORD), 6)
    slab.paint(stem < 1.5, Tissue.CSF, only=(Tissue.GREY,))
    slab.paint(stem < 0, Tissue.BRAINSTEM)
    interpeduncular = capsule(side, y, z, ((0, 10, -6), 4.5), ((0, 12, -16), 3))
    fourth = ellipsoid(side, y, z, (0, 39, -33), (8, 5.5, 12))
    aqueduct = capsule(side, y, z, ((0, 28, -4), 1.1), ((0, 36, -24), 1.4))
    slab.paint(np.minimum(np.minimum(interpeduncular, fourth), aqueduct) < 0, Tissue.CSF)

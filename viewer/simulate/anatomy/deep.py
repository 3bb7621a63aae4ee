"""Inside the hemispheres: corpus callosum, deep grey nuclei, ventricles, and lesions."""

import numpy as np

from viewer.simulate.anatomy.cortex import core_depth
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Array, Node, ellipsoid, tube, turn
from viewer.simulate.anatomy.slab import Slab

HORNS: list[Node] = [
    ((7.5, -28, 4), 4.2),
    ((8, -20, 10), 5.0),
    ((8, 0, 18), 4.8),
    ((11, 18, 20), 5.0),
    ((20, 36, 14), 6.5),
    ((24, 56, 8), 4.0),
    ((26, 68, 6), 1.5),
]
TEMPORAL_HORN: list[Node] = [((22, 36, 12), 5.0), ((31, 28, -8), 2.5), ((32, 8, -17), 2.0)]
CAUDATE: list[Node] = [((14, -22, 4), 6.0), ((16, -10, 11), 5.5), ((18, 8, 19), 3.5), ((22, 24, 19), 2.2)]
HIPPOCAMPUS: list[Node] = [((24, 2, -18), 6.5), ((27, 16, -16), 4.5), ((25, 32, -6), 3.5)]


def paint_deep(slab: Slab, person: Person) -> None:
    """Paint callosum, nuclei and ventricles into the hemispheres."""
    part = slab.near((-40, -42, -28), (40, 74, 34))
    if part is None:
        return
    side = np.abs(part.x)
    _paint_white(part, side)
    _paint_nuclei(part, side)
    _paint_ventricles(part, side, person.traits.ventricles)


def _paint_white(slab: Slab, side: Array) -> None:
    y, z = slab.y, slab.z
    depth = core_depth(y, z)
    brain = (Tissue.GREY, Tissue.WHITE)
    callosum = (side < 9) & (depth > 0.8) & (depth < 9) & (z > -4)
    slab.paint(callosum, Tissue.WHITE, only=(*brain, Tissue.CSF))
    capsule = ellipsoid(side, y, z, (22, 6, 4), (13, 26, 17))
    slab.paint(capsule < 0, Tissue.WHITE, only=brain)


def _paint_nuclei(slab: Slab, side: Array) -> None:
    y, z = slab.y, slab.z
    u, v = turn(side, y, (26, 0), 14)
    putamen = ellipsoid(u, v, z, (27, 0, 2), (5.5, 17, 11))
    pallidum = ellipsoid(u, v, z, (20, 3, 0), (4.5, 9, 6.5))
    p, q = turn(side, y, (11, 17), 24)
    thalamus = ellipsoid(p, q, z, (10.5, 17, 7), (8.5, 15, 9.5))
    for nucleus in (putamen, thalamus, tube(side, y, z, CAUDATE)):
        slab.paint(nucleus < 0, Tissue.DEEP_GREY)
    slab.paint(ellipsoid(side, y, z, (0, 4, -8), (8, 11, 8)) < 0, Tissue.DEEP_GREY)  # hypothalamus
    slab.paint(pallidum < 0, Tissue.BRAINSTEM)
    slab.paint(tube(side, y, z, HIPPOCAMPUS) < 0, Tissue.GREY)


def _paint_ventricles(slab: Slab, side: Array, size: float) -> None:
    y, z = slab.y, slab.z
    lateral = np.minimum(tube(side, y, z, _wider(HORNS, size)), tube(side, y, z, _wider(TEMPORAL_HORN, size)))
    slab.paint((lateral < 0) & (side > 0.7), Tissue.CSF)
    third = ellipsoid(side, y, z, (0, 11, -1), (2.2 * size, 16, 11))
    slab.paint(third < 0, Tissue.CSF)
    slab.paint(ellipsoid(side, y, z, (0, 12, 3), (4, 3, 3)) < 0, Tissue.DEEP_GREY)
    slab.paint(ellipsoid(side, y, z, (0, 45, 0), (11, 8, 8)) < 0, Tissue.CSF)  # quadrigeminal cistern


def _wider(nodes: list[Node], size: float) -> list[Node]:
    return [(center, r * size) for center, r in nodes]

"""Below and before the skull: orbits, sinuses, nose, mouth, airway, jaw and cervical spine."""

import numpy as np

from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Array, blend, capsule, ellipsoid, sheet, tube
from viewer.simulate.anatomy.slab import Slab

EYE = (31.0, -61.0, -27.0)
APEX = (11.0, -24.0, -20.0)


def paint_face(slab: Slab, person: Person) -> None:
    """Paint the face and neck, deep parts first."""
    for low, high, painter in (
        ((-52, -80, -110), (52, 20, -60), _paint_mouth),
        ((-45, -95, -75), (45, 0, -5), _paint_nose),
        ((-55, -80, -50), (55, -15, -5), _paint_orbits),
        ((-40, 10, -110), (40, 95, -55), _paint_spine),
        ((-60, -20, -110), (60, 45, -40), _paint_neck),
    ):
        part = slab.near(low, high)
        if part is not None:
            painter(part, person)


def _bone(slab: Slab, distance: Array, shell: float = 1.6) -> None:
    """Paint a bone: cortical shell, marrow inside."""
    slab.paint(distance < 0, Tissue.BONE)
    slab.paint(distance < -shell, Tissue.MARROW)


def _cavity(slab: Slab, distance: Array) -> None:
    """Paint an air cell with its mucosa and a thin bony wall."""
    slab.paint(distance < 2.0, Tissue.BONE)
    slab.paint(distance < 0.8, Tissue.MUCOSA)
    slab.paint(distance < 0, Tissue.AIR)


def _paint_mouth(slab: Slab, person: Person) -> None:
    x, y, z = np.abs(slab.x), slab.y, slab.z
    tongue = ellipsoid(x, y, z, (0, -46, -92), (23, 30, 17))
    slab.paint(tongue < 3, Tissue.FAT)
    slab.paint(tongue < 0, Tissue.MUSCLE)
    jaw = [((46, 0, -50), 4.5), ((45, -14, -84), 6.5), ((24, -62, -102), 6.0), ((0, -72, -104), 6.0)]
    _bone(slab, tube(x, y, z, jaw))
    _bone(slab, sheet(z + 72, y + 30, -y - 74, x - 26) - 3.0)
    teeth = sheet(np.sqrt((x / 25) ** 2 + ((y + 42) / 34) ** 2) * 28 - 28, np.abs(z + 82) - 8, y + 45) - 3.5
    slab.paint(teeth < 0, Tissue.BONE)


def _paint_nose(slab: Slab, person: Person) -> None:
    x, y, z = np.abs(slab.x), slab.y, slab.z
    _cavity(slab, ellipsoid(x, y, z, (25, -50, -53), (13, 16, 16)))
    _cavity(slab, ellipsoid(x, y, z, (7, -13, -31), (8, 10, 8)))
    _cavity(slab, ellipsoid(x, y, z, (8, -44, -27), (7, 18, 9)))
    cavity = ellipsoid(x, y, z, (0, -56, -54), (14, 34, 17))
    _cavity(slab, cavity)
    inside = cavity < 0
    slab.paint(inside & (x < 1.3), Tissue.MUCOSA)
    for height in (-44.0, -54.0, -63.0):  # the turbinates
        slab.paint(inside & (ellipsoid(x, y, z, (9, -50, height), (4.5, 22, 3.2)) < 0), Tissue.MUCOSA)


def _paint_orbits(slab: Slab, person: Person) -> None:
    x, y, z = np.abs(slab.x), slab.y, slab.z
    fat = blend(ellipsoid(x, y, z, (31, -60, -27), (18, 14, 16)), capsule(x, y, z, (EYE, 14), (APEX, 4)), 6)
    slab.paint(fat < 1.5, Tissue.BONE, only=(Tissue.MUSCLE, Tissue.FAT, Tissue.AIR, Tissue.MUCOSA))
    slab.paint(fat < 0, Tissue.FAT)
    for dx, dz in ((10.5, 0), (-10.5, 0), (0, 10.5), (0, -10.5)):
        end = (EYE[0] + dx, EYE[1] + 2, EYE[2] + dz)
        belly = ((end[0] + APEX[0]) / 2 + dx / 4, (end[1] + APEX[1]) / 2, (end[2] + APEX[2]) / 2 + dz / 4)
        slab.paint(tube(x, y, z, [(end, 1.0), (belly, 2.2), (APEX, 1.2)]) < 0, Tissue.MUSCLE)
    nerve = tube(x, y, z, [((31, -50, -27), 1.8), ((22, -36, -24), 1.8), (APEX, 1.8)])
    slab.paint(nerve < 0.9, Tissue.CSF)
    slab.paint(nerve < 0, Tissue.WHITE)
    _paint_globe(slab, x, y, z)


def _paint_globe(slab: Slab, x: Array, y: Array, z: Array) -> None:
    globe = ellipsoid(x, y, z, EYE, (12.2, 12.2, 12.2))
    slab.paint(globe < 0, Tissue.DURA)
    slab.paint(globe < -1.1, Tissue.VITREOUS)
    slab.paint(ellipsoid(x, y, z, (EYE[0], EYE[1] - 8, EYE[2]), (4.6, 2.2, 4.6)) < 0, Tissue.LENS)
    lid = (globe > 0) & (globe < 3.0) & (y < EYE[1] - 4)
    slab.paint(lid, Tissue.SKIN, only=(Tissue.AIR, Tissue.FAT, Tissue.MUSCLE, Tissue.BONE))


def _paint_spine(slab: Slab, person: Person) -> None:
    x, y, z = np.abs(slab.x), slab.y, slab.z
    body = capsule(x, y, z, ((0, 24, -74), 7), ((0, 30, -112), 9))
    disc = np.abs(np.mod(z + 94, 17) - 8.5) > 7.2
    _bone(slab, body)
    slab.paint((body < 0) & disc & (z < -86), Tissue.DURA)
    _bone(slab, tube(x, y, z, [((9, 30, -76), 5), ((21, 40, -78), 5.5), ((15, 58, -80), 3), ((0, 64, -80), 3.5)]))
    _bone(slab, sheet(x, y - 78, 62 - y, np.abs(z + 98) - 5) - 3.5)
    slab.paint(capsule(x, y, z, ((0, 43, -58), 11), ((0, 47, -112), 9)) < 0, Tissue.CSF)


def _paint_neck(slab: Slab, person: Person) -> None:
    x, y, z = np.abs(slab.x), slab.y, slab.z
    airway = tube(x, y, z, [((0, -22, -52), 7), ((0, -8, -66), 6), ((0, -6, -112), 6.5)])
    slab.paint(airway < 2.5, Tissue.MUCOSA)
    slab.paint(airway < 0, Tissue.AIR)
    slab.paint(ellipsoid(x, y, z, (50, 8, -66), (6, 12, 18)) < 0, Tissue.FAT)  # parotid gland, fatty
    for path in ([((26, 14, -60), 3), ((28, 12, -112), 3.5)], [((32, 20, -60), 3.5), ((34, 18, -112), 5)]):
        slab.paint(tube(x, y, z, path) < 0, Tissue.BLOOD)

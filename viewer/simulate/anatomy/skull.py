"""Skull with its diploe, the base with its air cells, and the fluid-filled space inside."""

import numpy as np

from viewer.simulate.anatomy.brain_shape import floor, intracranial
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Array, ellipsoid, sheet, step, turn
from viewer.simulate.anatomy.slab import Slab

TABLE_MM = 1.7
"""Thickness of the outer and inner table, cortical bone without signal."""


def paint_skull(slab: Slab, person: Person) -> None:
    """Paint base, skull, and the intracranial space with cerebrospinal fluid."""
    part = slab.near((-70, -75, -65), (70, 70, 5))
    if part is not None:
        _paint_base(part, person)
    distance = intracranial(*slab.points, person.traits.subarachnoid)
    thickness = _thickness(slab, person)
    slab.paint(distance < thickness, Tissue.BONE, only=(Tissue.SKIN, Tissue.FAT, Tissue.MUSCLE, Tissue.MARROW))
    diploe = (distance > TABLE_MM) & (distance < thickness - TABLE_MM)
    slab.paint(diploe, Tissue.MARROW, only=(Tissue.BONE,))
    slab.paint(distance < 0, Tissue.CSF)
    if part is not None:
        part.paint(_petrous(*part.points) < 0, Tissue.BONE, only=(Tissue.CSF, Tissue.MUSCLE, Tissue.FAT))


def _thickness(slab: Slab, person: Person) -> Array:
    """Return the skull's thickness in mm: full over the vault and the occiput, thin at the base."""
    weight = np.maximum(step(slab.z, -14, 12), step(slab.y, 45, 75) * step(slab.z, -60, -50))
    return np.asarray(2.6 + np.float32(person.traits.skull - 2.6) * weight)


def _paint_base(slab: Slab, person: Person) -> None:
    x, y, z = np.abs(slab.x), slab.y, slab.z
    clivus = ellipsoid(x, y, z, (0, 6, -36), (13, 9, 22))
    slab.paint(clivus < 1.5, Tissue.BONE, only=(Tissue.MUSCLE, Tissue.FAT))
    slab.paint(clivus < 0, Tissue.MARROW, only=(Tissue.BONE, Tissue.MUSCLE, Tissue.FAT))
    mastoid = ellipsoid(x, y, z, (54, 38, -44), (13, 15, 18))
    slab.paint(mastoid < 0, Tissue.BONE)
    cells = (mastoid < -1.5).nonzero()
    speckle = person.folds(*(axis[cells] * np.float32(4) for axis in (x, y, z)))
    slab.labels[cells] = np.where(speckle < 3.2, Tissue.BONE, Tissue.AIR)
    frontal = ellipsoid(x, y, z, (9, -69, -6), (9, 4, 10))
    slab.paint(frontal < 1.2, Tissue.BONE)
    slab.paint(frontal < 0, Tissue.AIR)


def _petrous(x: Array, y: Array, z: Array) -> Array:
    """Return the ridge of bone between temporal lobe and cerebellum."""
    u, v = turn(np.abs(x), y, (38, 24), -35)
    return ellipsoid(u, v, z, (38, 24, -38), (25, 9, 11))


def paint_membranes(slab: Slab, person: Person) -> None:
    """Paint falx, tentorium and the venous sinuses along them, over fluid only."""
    x, y, z = slab.points
    room = intracranial(x, y, z, person.traits.subarachnoid)
    core = np.sqrt(((y - 6) / 50) ** 2 + ((z - 2) / 38) ** 2)
    falx = (np.abs(x) < 0.55) & (core > 1) & (z > floor(x, y) + 4)
    tent = (np.abs(z - floor(x, y) + 1.2) < 0.6) & (y > 36)
    slab.paint((falx | tent) & (room < 0), Tissue.DURA, only=(Tissue.CSF,))
    sinus = sheet(x, room + 5, -room - 40, 12 - z) - 3 * step(-room, 5.5, 0.5)
    slab.paint((sinus < 0) & (room < 0.5) & (np.abs(x) < 4) & (core > 1), Tissue.BLOOD)

"""The cerebral hemispheres: a ribbon of grey matter around white matter, folded by a random field.

Sulci are sheets that start at the hull and end at a depth which varies over the surface; they follow rays
from the brain's centre, on the medial wall the direction x. The ribbon is everything closer to fluid than
the cortical thickness, so it runs on around each fundus without any distance transform.
"""

import numpy as np

from viewer.simulate.anatomy.brain_shape import CENTER, RADII, cerebrum
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Array, radius, sheet, step
from viewer.simulate.anatomy.slab import Slab


def paint_cerebrum(slab: Slab, person: Person) -> None:
    """Paint the cerebrum: fluid in the fissures, grey matter along them, white matter elsewhere."""
    part = slab.near((-72, -72, -50), (72, 100, 80))
    if part is None:
        return
    hull = cerebrum(*part.points)
    chosen = hull < 0
    x, y, z = (axis[chosen] for axis in part.points)
    distance = pial_distance(x, y, z, -hull[chosen], person)
    grey = np.where(distance < person.traits.cortex, Tissue.GREY, Tissue.WHITE)
    part.labels[chosen] = np.where(distance < 0, Tissue.CSF, grey)


def pial_distance(x: Array, y: Array, z: Array, depth: Array, person: Person) -> Array:
    """Return the distance (n,) in mm to the nearest fluid, negative in it; ``depth`` is below the hull."""
    wx, wy, wz = (3.8 * field(x, y, z) for field in person.wobble)
    medial = fissure(x, y, z)
    fold = np.minimum(
        _lateral_folds(x + wx, y + wy, z + wz, depth, person),
        _medial_folds(x, y + wy, z + wz, medial, person),
    )
    sylvian = _sylvian(x + 0.8 * wx, y + wy, z + wz)
    return np.minimum(np.minimum(depth, medial - 1.0), np.minimum(fold, sylvian))


def fissure(x: Array, y: Array, z: Array) -> Array:
    """Return the distance to the interhemispheric fissure, which ends on the corpus callosum."""
    return sheet(x, core_depth(y, z))


def core_depth(y: Array, z: Array) -> Array:
    """Return the depth below the outer border of callosum and diencephalon, in the midsagittal plane."""
    u, v = (y - 4) / np.float32(41), (z - 1) / np.float32(28)
    return (1 - np.sqrt(u * u + v * v)) * 30


def _width(depth: Array, person: Person) -> Array:
    """Return half the width of a sulcus: open at the surface, narrow below."""
    return np.float32(person.traits.sulci) + 1.1 * np.exp(-np.maximum(depth, 0) / 2.5)


def _lateral_folds(x: Array, y: Array, z: Array, depth: Array, person: Person) -> Array:
    k = np.maximum(radius(x, y, z, CENTER, RADII), 0.35)
    qx, qy, qz = ((c - np.float32(m)) / k for c, m in zip((x, y, z), CENTER))
    qx = qx + np.where(x < 0, np.float32(70), 0)  # the hemispheres are alike, not equal
    reach = 11 + 13 * step(person.depth(qx, qy, qz), -1.2, 0.8)
    inward = np.maximum(depth, (1 - k) * 55)  # rays meet in the middle: no folds there
    return sheet(person.folds(qx, qy, qz) * k, inward - reach) - _width(depth, person)


def _medial_folds(x: Array, y: Array, z: Array, medial: Array, person: Person) -> Array:
    ox = np.where(x < 0, np.float32(70), 0) + x * np.float32(0.5)
    py, pz = y - np.float32(CENTER[1]), z - np.float32(CENTER[2])
    reach = 3 + 11 * step(person.depth(ox, py, pz), -1.0, 1.0)
    return sheet(person.folds(ox, py, pz), medial - reach) - _width(medial, person)


def _sylvian(x: Array, y: Array, z: Array) -> Array:
    """Return the distance to the lateral fissure: a cleft above the temporal lobe, and the insula within."""
    side = np.abs(x)
    ridge = -8 + np.float32(0.42) * (y + 20)
    cleft = sheet((z - ridge) * np.float32(0.92), 38 - side, y - 42, -30 - y) - 1.1
    insula = sheet(
        side - 38 + np.float32(0.009) * (y * y + (z - ridge) ** 2), np.abs(z - ridge) - 11, y - 18, -22 - y
    )
    return np.minimum(cleft, insula - 1.1)

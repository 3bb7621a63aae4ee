"""The outer forms of the brain and of the space it lies in: distances in mm, negative inside."""

import numpy as np

from viewer.simulate.anatomy.shapes import Array, blend, cut, ellipsoid, step

CENTER = (0.0, 13.0, 8.0)
RADII = (66.0, 80.0, 64.0)
"""Centre and radii of the ellipsoid onto which the lateral folds are projected."""


def vault(x: Array, y: Array, z: Array) -> Array:
    """Return the egg of the cerebral hemispheres, narrower in front, as if its base were not cut off."""
    front = ellipsoid(x, y, z, (0, -10, 5), (55, 53, 54))
    back = ellipsoid(x, y, z, (0, 27, 10), (65, 65, 61))
    return blend(front, back, 22)


def floor(x: Array, y: Array) -> Array:
    """Return the height z of the hemispheres' base: orbital roof in front, tentorium behind."""
    side = np.abs(x)
    front = -19 + 5 * step(side, 2, 16)
    behind = -9 + 5 * step(y, 30, 55) - np.float32(0.22) * side
    weight = step(y, -26, -10)
    return np.asarray(front * (1 - weight) + behind * weight)


def temporal(x: Array, y: Array, z: Array) -> Array:
    """Return the temporal lobe of the side a point lies on: body and pole."""
    side = np.abs(x)
    body = ellipsoid(side, y, z, (41, 18, -20), (22, 41, 19))
    pole = ellipsoid(side, y, z, (38, -8, -24), (17, 19, 16))
    medial = ellipsoid(side, y, z, (27, 10, -18), (11, 24, 12))
    return blend(blend(body, pole, 10), medial, 8)


def cerebrum(x: Array, y: Array, z: Array) -> Array:
    """Return the outer form of the cerebrum, fissures not yet cut."""
    upper = cut(vault(x, y, z), floor(x, y) - z, 4)
    return blend(upper, temporal(x, y, z), 9)


def intracranial(x: Array, y: Array, z: Array, gap: float) -> Array:
    """Return the inside of the skull: ``gap`` mm around the brain, cisterns and posterior fossa included."""
    base = floor(x, y)
    upper = cut(vault(x, y, z) - gap, base - z - 2, 8)
    inside = blend(upper, temporal(x, y, z) - gap, 6)
    stem = ellipsoid(x, y, z, (0, 27, -30), (21, 18, 30))
    fossa = cut(blend(ellipsoid(x, y, z, (0, 59, -34), (53, 32, 26)), stem, 12), z - base - 12, 8)
    cistern = ellipsoid(x, y, z, (0, 6, -14), (17, 19, 9))
    return blend(blend(inside, fossa, 6), cistern, 6)

"""White matter hyperintensities, planted where small vessel disease puts them: around the ventricles."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from viewer.simulate.anatomy.deep import HORNS
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Point, ellipsoid
from viewer.simulate.anatomy.slab import Slab


@dataclass(frozen=True)
class Lesion:
    """An ellipsoid in white matter: centre and radii in anatomical mm."""

    center: Point
    radii: Point


def draw_lesions(person: Person, count: int) -> tuple[Lesion, ...]:
    """Draw ``count`` lesions of 3-9 mm diameter beside and above the lateral ventricles."""
    rng = np.random.default_rng((person.seed, 3))
    return tuple(_draw(rng) for _ in range(count))


def _draw(rng: np.random.Generator) -> Lesion:
    (x, y, z), radius = HORNS[int(rng.integers(1, 6))]
    angle, away = rng.uniform(0, 0.6 * np.pi), radius + rng.uniform(3, 13)
    side = rng.choice((-1, 1))
    center = (side * (x + away * np.cos(angle)), y + rng.uniform(-8, 8), z + away * np.sin(angle))
    return Lesion(_triple(center), _triple(rng.uniform(1.5, 3.5) * rng.uniform(0.8, 1.6, 3)))


def _triple(values: Iterable[float]) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z


def paint_lesions(slab: Slab, lesions: tuple[Lesion, ...]) -> None:
    """Paint lesions into white matter only."""
    for lesion in lesions:
        low, high = (_triple(np.add(lesion.center, np.multiply(lesion.radii, sign))) for sign in (-1, 1))
        part = slab.near(low, high)
        if part is not None:
            inside = ellipsoid(*part.points, lesion.center, lesion.radii) < 0
            part.paint(inside, Tissue.LESION, only=(Tissue.WHITE,))

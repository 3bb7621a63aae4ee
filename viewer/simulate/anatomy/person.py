"""What makes one head differ from another: size, tilt, folds, ventricles, drawn from one seed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from viewer.simulate.anatomy.fields import Field, Folds, random_field, random_folds
from viewer.simulate.anatomy.shapes import Point


@dataclass(frozen=True)
class Traits:
    """Numbers of one person. Lengths in mm; ``scale`` (x, y, z) relative to the template; angles in degrees.

    ``ventricles`` scales the ventricles' width, ``sulci`` is half the width of a sulcus.
    """

    scale: Point
    tilt_deg: Point
    shift_mm: Point
    cortex: float
    sulci: float
    ventricles: float
    subarachnoid: float
    skull: float
    fat: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Traits":
        """Draw an adult; the folds stretch the ribbon, so that its median comes out at 2.5-3.5 mm."""
        age = rng.uniform(0, 1)  # wider sulci and ventricles come together

        def triple(mean: float, sd: Point, limit: float) -> Point:
            x, y, z = (float(v) for v in mean + np.clip(rng.normal(0, sd), -limit, limit))
            return x, y, z

        return cls(
            scale=triple(1.0, (0.02, 0.02, 0.02), 0.05),
            tilt_deg=triple(0.0, (2.0, 1.5, 2.0), 4.0),
            shift_mm=triple(0.0, (1.5, 1.5, 1.5), 3.0),
            cortex=float(rng.uniform(2.3, 2.6)),
            sulci=float(0.45 + 0.45 * age + rng.uniform(-0.1, 0.1)),
            ventricles=float(0.85 + 0.45 * age + rng.uniform(-0.1, 0.1)),
            subarachnoid=float(0.6 + 1.3 * age),
            skull=float(rng.uniform(5.5, 8.0)),
            fat=float(rng.uniform(3.0, 6.0)),
        )


@dataclass(frozen=True, eq=False)
class Person:
    """One individual: traits and the random fields that fold and marble the tissues."""

    seed: int
    traits: Traits
    folds: Folds
    depth: Field
    wobble: tuple[Field, Field, Field]
    marbling: Field

    @classmethod
    def draw(cls, seed: int) -> "Person":
        """Draw the person that belongs to ``seed``."""
        rng = np.random.default_rng(seed)
        traits = Traits.draw(rng)
        folds = random_folds(rng, 25.0)
        wobble = (random_field(rng, 45.0), random_field(rng, 45.0), random_field(rng, 45.0))
        return cls(seed, traits, folds, random_field(rng, 50.0, 0.5), wobble, random_field(rng, 18.0, 0.6))

    @cached_property
    def to_anatomy(self) -> NDArray[np.float64]:
        """Matrix (3, 3) from patient LPS mm, relative to the shifted origin, to anatomical mm."""
        rotation = Rotation.from_euler("xyz", self.traits.tilt_deg, degrees=True).as_matrix()
        return np.asarray(np.diag(1 / np.asarray(self.traits.scale)) @ rotation.T)

    def to_lps(self, point: Point) -> Point:
        """Map a point from anatomical mm to patient LPS mm."""
        x, y, z = np.linalg.solve(self.to_anatomy, np.asarray(point)) + np.asarray(self.traits.shift_mm)
        return float(x), float(y), float(z)

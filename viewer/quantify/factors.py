"""Named factors: a scale is a product of them, and each can be shown with its formula and value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor: ``values`` has one number per distinct frame, or one for all."""

    name: str
    formula: str
    values: Floats

    @classmethod
    def of(cls, name: str, formula: str, values: float | Iterable[float]) -> "Factor":
        """Make a factor from one number, or from one per distinct frame."""
        numbers = [values] if isinstance(values, float | int) else list(values)
        return cls(name, formula, np.asarray(numbers, np.float64))

    def inverse(self, name: str, formula: str) -> "Factor":
        """Return the reciprocal under another name."""
        return Factor(name, formula, 1.0 / self.values)

    def document(self) -> dict[str, Any]:
        """Return name, formula and ``value`` (or ``per_frame``, in the order of the frames)."""
        head = {"name": self.name, "formula": self.formula}
        same = self.values.min() == self.values.max()
        return head | ({"value": float(self.values[0])} if same else {"per_frame": self.values.tolist()})


def product(factors: Sequence[Factor], frames: int) -> Floats:
    """Return the product of all factors for each of ``frames`` distinct frames."""
    total = np.ones(frames)
    for factor in factors:
        total = total * factor.values
    return total

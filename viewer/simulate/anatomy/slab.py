"""A few sub-slices of the head being painted: anatomical coordinates and labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.simulate.anatomy.shapes import Array, Point

COARSE = 8
"""The box search looks at every eighth row and column only."""


@dataclass(frozen=True, eq=False)
class Slab:
    """Sample points (k, j, i): ``x, y, z`` in anatomical mm, origin between the commissures; ``labels`` uint8.

    x grows to the patient's left, y to the back, z to the top. Painting changes ``labels`` in place, also
    through the views that `near` returns.
    """

    x: Array
    y: Array
    z: Array
    labels: NDArray[np.uint8]

    @property
    def points(self) -> tuple[Array, Array, Array]:
        """The three coordinate arrays."""
        return self.x, self.y, self.z

    def near(self, low: Point, high: Point) -> "Slab | None":
        """Return the part of the slab around the anatomical box ``low..high`` mm, or None where it misses."""
        inside = np.ones((1, 1, 1), bool)
        for axis, a, b in zip(self.points, low, high):
            values = axis[:, ::COARSE, ::COARSE]
            margin = COARSE * max(abs(axis[0, 1, 0] - axis[0, 0, 0]), abs(axis[0, 0, 1] - axis[0, 0, 0]))
            inside = inside & (values >= a - margin) & (values <= b + margin)
        if not inside.any():
            return None
        rows, columns = (np.flatnonzero(inside.any(axis=axes)) for axes in ((0, 2), (0, 1)))
        window = (slice(None), _span(rows), _span(columns))
        return Slab(self.x[window], self.y[window], self.z[window], self.labels[window])

    def paint(self, where: NDArray[np.bool_], label: int, only: tuple[int, ...] = ()) -> None:
        """Set ``label`` where the mask is true and, if ``only`` is given, the present label is one of these."""
        for present in only[:1]:
            allowed = self.labels == present
            for other in only[1:]:
                allowed |= self.labels == other
            where = where & allowed
        self.labels[where] = label


def _span(indices: NDArray[np.intp]) -> slice:
    """Return full-resolution indices around a run of coarse indices."""
    return slice(max(0, COARSE * (int(indices[0]) - 1)), COARSE * (int(indices[-1]) + 2))

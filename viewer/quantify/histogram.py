"""The histogram of an ROI, in the unit of its values."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.measurement import Histogram

BINS = 64


def histogram(
    values: NDArray[np.floating],
    unit: str,
    weights: NDArray[np.floating] | None = None,
    *,
    bins: int = BINS,
    limits: tuple[float, float] | None = None,
) -> Histogram:
    """Return how often ``values`` (n,) occur, in ``bins`` equal steps from the smallest to the largest of them.

    ``limits`` (in ``unit``) fixes the outer edges, to compare ROIs; what lies outside of them is not counted.
    ``weights`` (n,) count instead of 1. Equal values have one bin around them of width 1. Raises `LowfieldError`
    for no values, for values that are no numbers, and for limits or bins that describe none.
    """
    numbers = np.asarray(values, np.float64)
    if not numbers.size or not np.isfinite(numbers).all():
        raise LowfieldError("There is no histogram of an ROI without voxels, or with voxels that hold no number.")
    low, high = (float(numbers.min()), float(numbers.max())) if limits is None else limits
    if bins < 1 or not low <= high or not np.isfinite([low, high]).all():
        raise LowfieldError(f"A histogram of {bins} bins from {low:g} to {high:g} is none.")
    if low == high:
        bins, low, high = 1, low - 0.5, high + 0.5
    counts, edges = np.histogram(numbers, bins, (low, high), weights=weights)
    return Histogram(tuple(edges.tolist()), tuple(counts.astype(float).tolist()), unit)

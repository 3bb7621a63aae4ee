"""First-order statistics of the voxels of an ROI, as the IBSI reference manual defines them (section 3.3).

With weights (the fraction w of each voxel inside the ROI) a sum over voxels becomes a sum over w·x and the
number of voxels Σw: mean Σwx/Σw, variance Σw(x − mean)²/Σw, energy Σwx², and so on. Percentiles interpolate
linearly between the values in ascending order, where the n-th stands at (c_n − c_1)/(c_last − c_1) with c_n the
weight before it plus half its own; equal weights give the usual percentile (Hyndman and Fan 1996, type 7).
Minimum and maximum are those of the voxels at least half inside (of all, where none is): a corner of a voxel
does not make a maximum.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.measurement import Statistics

Floats = NDArray[np.float64]
PERCENTILES = (5, 10, 25, 50, 75, 90, 95)
HALF = 0.5
SAME_POWER = ("mean", "sd", "minimum", "maximum", "median", "peak", "peak_1ml", "p5", "p10", "p25", "p75", "p90",
              "p95", "mad", "robust_mad", "median_ad", "rms")  # fmt: skip
"""Statistics in the unit of the values; energy is in its square, skewness and kurtosis have none."""


def statistics(values: NDArray[np.floating], weights: NDArray[np.floating] | None = None) -> Statistics:
    """Return statistics of ``values`` (n,), with the population SD; both peaks are left None.

    ``weights`` (n,), each above 0, are the fractions of the voxels inside the ROI; none count as 1. Raises
    `LowfieldError` when there are no values or some are not numbers.
    """
    numbers = np.asarray(values, np.float64)
    shares = None if weights is None else np.asarray(weights, np.float64)
    if not numbers.size:
        raise LowfieldError("The ROI holds no voxel centre of this image.")
    if not np.isfinite(numbers).all():
        raise LowfieldError("Some voxels of the ROI hold no number.")
    low, high = float(numbers.min()), float(numbers.max())
    # Rounding may carry the mean of equal values just past them.
    mean = min(max(_average(numbers, shares), low), high)
    away = numbers - mean
    sd = float(np.sqrt(_average(away**2, shares)))
    p5, p10, p25, median, p75, p90, p95 = percentiles(numbers, shares)
    squares = _average(numbers**2, shares)
    return Statistics(
        voxels=numbers.size, mean=mean, sd=sd, **_extremes(numbers, shares), median=median,
        p5=p5, p10=p10, p25=p25, p75=p75, p90=p90, p95=p95,
        skewness=_moment(away, sd, 3, shares), kurtosis=_moment(away, sd, 4, shares) - 3 if sd else 0.0,
        mad=_average(np.abs(away), shares), robust_mad=_robust_mad(numbers, shares, p10, p90),
        median_ad=_average(np.abs(numbers - median), shares),
        energy=squares * (numbers.size if shares is None else float(shares.sum())), rms=float(np.sqrt(squares)),
    )  # fmt: skip


def percentiles(values: Floats, weights: Floats | None = None) -> tuple[float, ...]:
    """Return `PERCENTILES` of ``values`` (n,); see the module for what weights mean."""
    if weights is None or values.size == 1:
        return tuple(np.percentile(values, PERCENTILES).tolist())
    order = np.argsort(values, kind="stable")
    shares = weights[order]
    middles = np.cumsum(shares) - shares / 2
    places = (middles - middles[0]) / (middles[-1] - middles[0])
    return tuple(np.interp(np.divide(PERCENTILES, 100), places, values[order]).tolist())


def scaled(found: Statistics, factor: float) -> Statistics:
    """Return the statistics of the same voxels with every value times ``factor``, above 0."""
    numbers = {name: getattr(found, name) for name in SAME_POWER}
    changed = {name: number * factor for name, number in numbers.items() if number is not None}
    energy = None if found.energy is None else found.energy * factor**2
    return replace(found, **changed, energy=energy)


def _average(values: Floats, weights: Floats | None) -> float:
    return float(values.mean() if weights is None else (values * weights).sum() / weights.sum())


def _moment(away: Floats, sd: float, power: int, weights: Floats | None) -> float:
    """Return the standardised central moment; 0 where all values are equal (IBSI KE2A, IPH6)."""
    return _average((away / sd) ** power, weights) if sd else 0.0


def _robust_mad(values: Floats, weights: Floats | None, low: float, high: float) -> float:
    """Return the mean absolute deviation of the values from P10 to P90 from their own mean (IBSI 1128)."""
    kept = (values >= low) & (values <= high)
    if not kept.any():  # two values, both outside of what is interpolated between them
        return 0.0
    inner, shares = values[kept], None if weights is None else weights[kept]
    return _average(np.abs(inner - _average(inner, shares)), shares)


def _extremes(values: Floats, weights: Floats | None) -> dict[str, float]:
    if weights is not None and (weights >= HALF).any():
        values = values[weights >= HALF]
    return {"minimum": float(values.min()), "maximum": float(values.max())}

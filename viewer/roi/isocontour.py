"""Isocontours: what reaches a level and hangs together, inside a bounding shape."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Geometry
from viewer.roi.compound import FixedLevel, Grown, Level, OfMaximum, OverBackground
from viewer.roi.region import EMPTY, Block, Region, index
from viewer.roi.values import ImageValues

Rasterize = Callable[..., Region]


@dataclass(frozen=True)
class Threshold:
    """The level an isocontour stands at: ``value`` in ``unit``, how it came about, and what it came from.

    ``maximum`` is the highest voxel of the bounding shape, ``background`` the mean of the background's voxels.
    """

    value: float
    unit: str
    rule: str
    maximum: float
    background: float | None = None


def grow(
    shape: Grown, geometry: Geometry, values: ImageValues, rasterize: Rasterize
) -> tuple[Region, Threshold | None]:
    """Return the voxels of an isocontour and its level; empty and None where nothing positive bounds it."""
    bound = rasterize(shape.within, geometry, values)
    if not bound.voxels:
        return EMPTY, None
    block = Block(bound.offset, index(np.add(bound.offset, bound.mask.shape)), geometry)
    unit = shape.level.unit if isinstance(shape.level, FixedLevel) else None
    numbers = values.of(block, unit)
    numbers = np.where(bound.mask & np.isfinite(numbers), numbers, -np.inf)
    hottest = np.unravel_index(int(numbers.argmax()), numbers.shape)
    threshold = _threshold(shape.level, float(numbers[hottest]), geometry, values, rasterize)
    if threshold is None:
        return EMPTY, None
    labels, _ = ndimage.label(numbers >= threshold.value)
    label = labels[hottest] if shape.seed_lps_mm is None else _label_at(labels, block, shape.seed_lps_mm)
    return (block.region(labels == label) if label else EMPTY), threshold


def _threshold(
    level: Level, maximum: float, geometry: Geometry, values: ImageValues, rasterize: Rasterize
) -> Threshold | None:
    match level:
        case FixedLevel(value, unit):
            return Threshold(value, values.shown_unit(unit), "fixed level", maximum) if maximum > -np.inf else None
        case OfMaximum(fraction):
            rule, background = f"{100 * fraction:g} % of the maximum", None
        case _:
            fraction = level.fraction
            rule = f"background + {100 * fraction:g} % of (maximum − background)"
            background = _mean(rasterize(level.background, geometry, values), geometry, values)
    # A fraction of nothing bounds nothing, and without a background there is none to correct for.
    if not maximum > 0 or (isinstance(level, OverBackground) and background is None):
        return None
    base = background or 0.0
    return Threshold(base + fraction * (maximum - base), values.shown_unit(None), rule, maximum, background)


def _mean(region: Region, geometry: Geometry, values: ImageValues) -> float | None:
    if not region.voxels:
        return None
    block = Block(region.offset, index(np.add(region.offset, region.mask.shape)), geometry)
    numbers = values.of(block)[region.mask]
    return float(numbers.mean()) if np.isfinite(numbers).all() else None


def _label_at(labels: NDArray[np.int_], block: Block, seed_lps_mm: tuple[float, float, float]) -> int:
    """Return the label of the voxel that holds the seed; 0 where it reaches no level or lies outside."""
    place = np.floor(block.geometry.to_index(seed_lps_mm) + 0.5).astype(int) - block.first
    inside = (place >= 0).all() and (place < labels.shape).all()
    return int(labels[tuple(place)]) if inside else 0

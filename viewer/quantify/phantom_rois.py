"""Voxels of spheres, discs and isocontours: those whose centres lie inside; nothing is interpolated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats, Geometry
from viewer.quantify.phantom_shape import near
from viewer.quantify.recovery_tables import Convention

GROW_MM = 8.0
"""How far beyond the sphere's wall an isocontour may reach: less than half way to its neighbour."""
TOUCHING = 1e-6


@dataclass(frozen=True, eq=False)
class Voxels:
    """Some voxels of an image: where their box starts, which of the box they are, and their numbers (n,)."""

    offset: tuple[int, int, int]
    mask: NDArray[np.bool_]
    numbers: Floats


def sphere(values: NDArray[np.floating], geometry: Geometry, center: Floats, radius_mm: float) -> Voxels:
    """Return the voxels whose centres lie within ``radius_mm`` of ``center``."""
    box = near(geometry, center, radius_mm)
    return _taken(values, box.slices, box.distance_mm <= radius_mm + TOUCHING)


def disc(
    values: NDArray[np.floating], geometry: Geometry, center: Floats, normal: Floats, radius_mm: float
) -> Floats:
    """Return the numbers of one slice's worth of voxels within ``radius_mm`` of an axis.

    The slice is as thick as the voxels along ``normal``: for a phantom along the image's axes just one slice.
    """
    steps = np.abs(geometry.affine[:3, :3].T @ normal)
    thick = float(steps.max())
    box = near(geometry, center, float(np.hypot(radius_mm, thick)))
    along = box.offset_mm @ normal
    radial = np.linalg.norm(box.offset_mm - along[..., None] * normal, axis=-1)
    inside = (radial <= radius_mm + TOUCHING) & (along > -thick / 2 - TOUCHING) & (along <= thick / 2 - TOUCHING)
    return _taken(values, box.slices, inside).numbers


def cylinder(
    values: NDArray[np.floating],
    geometry: Geometry,
    center: Floats,
    normal: Floats,
    radius_mm: float,
    along_mm: tuple[float, float],
) -> Floats:
    """Return the numbers of the voxels within ``radius_mm`` of an axis, between two places along it."""
    middle = sum(along_mm) / 2
    half = (along_mm[1] - along_mm[0]) / 2
    box = near(geometry, center + middle * normal, float(np.hypot(radius_mm, half)))
    along = box.offset_mm @ normal
    radial = np.linalg.norm(box.offset_mm - along[..., None] * normal, axis=-1)
    return _taken(values, box.slices, (radial <= radius_mm + TOUCHING) & (np.abs(along) <= half)).numbers


def volume_of_interest(
    values: NDArray[np.floating],
    geometry: Geometry,
    center: Floats,
    radius_mm: float,
    background: float,
    convention: Convention,
) -> tuple[Voxels | None, str]:
    """Return the voxels that ``convention`` counts as this sphere, or None and the reason.

    An isocontour grows over faces from the hottest voxel of the sphere; one that reaches the limit of where it may
    grow has leaked into the background.
    """
    if convention.fraction is None:
        return sphere(values, geometry, center, radius_mm), ""
    box = near(geometry, center, radius_mm + GROW_MM)
    numbers = np.asarray(values[box.slices], np.float64)
    core = box.distance_mm <= radius_mm + max(geometry.spacing_mm) / 2
    top = float(numbers[core].max())
    floor = background if convention.background_corrected else 0.0
    threshold = floor + convention.fraction * (top - floor)
    if top <= background:
        return None, "no voxel of the sphere is hotter than the background"
    labels, _ = ndimage.label((numbers >= threshold) & (box.distance_mm <= radius_mm + GROW_MM))
    hottest = np.unravel_index(int(np.where(core, numbers, -np.inf).argmax()), numbers.shape)
    mask = labels == labels[hottest]
    if (box.distance_mm[mask] > radius_mm + GROW_MM - max(geometry.spacing_mm)).any():
        return None, "its isocontour runs into the background"
    return _taken(values, box.slices, mask), ""


def _taken(values: NDArray[np.floating], slices: tuple[slice, slice, slice], inside: NDArray[np.bool_]) -> Voxels:
    k, j, i = (each.start for each in slices)
    return Voxels((k, j, i), inside, np.asarray(values[slices], np.float64)[inside])

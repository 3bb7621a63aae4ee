"""Which part of every voxel lies inside a body: exact enough that volumes agree with their formulas."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Floats, Geometry

FINENESS = 40
"""A sphere is sampled across the slices at least this many times per radius."""
Distance = Callable[[Floats], Floats]
"""Signed distance in mm at points (..., 3) in LPS mm, negative inside."""


def sphere_coverage(
    geometry: Geometry, center_lps_mm: Floats, radius_mm: float
) -> tuple[tuple[slice, slice, slice], NDArray[np.float64]]:
    """Return the box of voxels around a sphere, and the fraction (0..1) of each that lies inside it.

    Every voxel is cut into columns along the slice axis, each intersected with the sphere analytically.
    Needs a grid with orthogonal axes.
    """
    box = _box(geometry, center_lps_mm, radius_mm)
    if any(span.start >= span.stop for span in box):
        return box, np.zeros([span.stop - span.start for span in box])
    dk, dj, di = geometry.spacing_mm
    k0, j0, i0 = geometry.to_index(center_lps_mm)
    along = (np.arange(box[0].start, box[0].stop) - k0) * dk
    nj, ni = (max(1, int(np.ceil(d * FINENESS / radius_mm))) for d in (dj, di))
    v, u = _fine(box[1], nj, j0) * dj, _fine(box[2], ni, i0) * di
    half = np.sqrt(np.maximum(radius_mm**2 - v[:, None] ** 2 - u[None, :] ** 2, 0))[None]
    top, bottom = along[:, None, None] + dk / 2, along[:, None, None] - dk / 2
    chord = np.clip(np.minimum(top, half) - np.maximum(bottom, -half), 0, None) / dk
    shape = (len(along), len(v) // nj, nj, len(u) // ni, ni)
    return box, chord.reshape(shape).mean(axis=(2, 4))


def _box(geometry: Geometry, center_lps_mm: Floats, radius_mm: float) -> tuple[slice, slice, slice]:
    """Return the index ranges that hold a sphere, clipped to the grid."""
    middle, reach = geometry.to_index(center_lps_mm), radius_mm / np.asarray(geometry.spacing_mm)
    low = np.clip(np.floor(middle - reach + 0.5).astype(int), 0, geometry.shape)
    high = np.clip(np.ceil(middle + reach + 0.5).astype(int), 0, geometry.shape)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high))
    return k, j, i


def _fine(span: slice, parts: int, origin: float) -> NDArray[np.float64]:
    """Return the centres of sub-voxels of a run of voxels, in voxels from ``origin``."""
    steps = (np.arange((span.stop - span.start) * parts) + 0.5) / parts
    return np.asarray(steps - 0.5 + span.start - origin)


def body_coverage(geometry: Geometry, distance: Distance, step_mm: float = 0.0) -> NDArray[np.float32]:
    """Return the fraction of each voxel (slices, rows, columns) inside a body given by its signed distance.

    Voxels that the surface may cross are sampled ``step_mm`` apart (default: half the finest spacing), each
    sample counting in proportion to how far its own cell reaches in. Slice by slice, to bound memory.
    """
    out = np.empty(geometry.shape, np.float32)
    step = step_mm or min(geometry.spacing_mm) / 2
    reach = (float(np.linalg.norm(geometry.spacing_mm)) + step) / 2
    offsets = _sub_voxels(geometry, step)
    for k in range(geometry.shape[0]):
        points = slice_points(geometry, k)
        gap = distance(points)
        plane = (gap < 0).astype(np.float32)
        edge = np.abs(gap) <= reach
        if edge.any():
            samples = distance(points[edge][:, None] + offsets)
            plane[edge] = np.clip(0.5 - samples / step, 0, 1).mean(axis=1)
        out[k] = plane
    return out


def slice_points(geometry: Geometry, k: int) -> Floats:
    """Return the voxel centres (rows, columns, 3) of one slice in LPS mm."""
    j, i = np.indices(geometry.shape[1:])
    return geometry.to_lps(np.stack((np.full(j.shape, k), j, i), axis=-1))


def _sub_voxels(geometry: Geometry, step_mm: float) -> Floats:
    """Return the offsets (n, 3) in LPS mm from a voxel's centre to points about ``step_mm`` apart."""
    parts = [max(1, round(spacing / step_mm)) for spacing in geometry.spacing_mm]
    axes = [(np.arange(n) + 0.5) / n - 0.5 for n in parts]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.asarray(index @ geometry.affine[:3, :3].T)

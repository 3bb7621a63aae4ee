"""Finer than the image: sub-voxels in anatomical coordinates, and back to tissue fractions."""

import uuid

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Point
from viewer.simulate.anatomy.slab import Slab


def axial_geometry(
    shape: tuple[int, int, int], spacing_mm: Point, center_lps_mm: Point, person: Person
) -> Geometry:
    """Return an axial LPS grid; slices go up, rows to the back, columns to the left."""
    half = (np.asarray(shape) - 1) / 2 * np.asarray(spacing_mm)
    uid = f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'lowfield head {person.seed}').int}"
    origin = np.asarray(center_lps_mm) - half[::-1]
    return Geometry.from_axes(shape, spacing_mm, np.eye(3)[::-1], origin, uid)


def sample_slice(geometry: Geometry, k: int, fine: tuple[int, ...], person: Person) -> Slab:
    """Return the sub-voxels of slice ``k``, (fine_k, rows*fine_j, columns*fine_i), in anatomical coordinates."""
    axes = [(np.arange(n * f) + 0.5) / f - 0.5 for n, f in zip((1, *geometry.shape[1:]), fine)]
    axes[0] = axes[0] + k
    to_anatomy = np.eye(4)
    to_anatomy[:3, :3] = person.to_anatomy
    to_anatomy[:3, 3] = -person.to_anatomy @ np.asarray(person.traits.shift_mm)
    m = (to_anatomy @ geometry.affine).astype(np.float32)
    a, b, c = np.meshgrid(*(axis.astype(np.float32) for axis in axes), indexing="ij", sparse=True)
    a = a + stagger(fine, geometry.shape)
    x, y, z = (row[0] * a + row[1] * b + row[2] * c + row[3] for row in m[:3])
    return Slab(x, y, z, np.zeros(x.shape, np.uint8))


def stagger(fine: tuple[int, ...], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return slice offsets (1, rows*fine_j, columns*fine_i) that put each sub-column at its own height.

    Surfaces that graze a thick slice then get fine_k*fine_j*fine_i levels instead of fine_k.
    """
    order = (np.arange(fine[1] * fine[2], dtype=np.float32) + 0.5) / (fine[1] * fine[2]) - 0.5
    return np.tile(order.reshape(1, fine[1], fine[2]) / fine[0], (1, *shape[1:]))


def slice_fractions(labels: NDArray[np.uint8], fine: tuple[int, ...]) -> NDArray[np.float32]:
    """Return tissue fractions (tissues, rows, columns) of one slice from its sub-voxel labels."""
    rows, columns = labels.shape[1] // fine[1], labels.shape[2] // fine[2]
    blocks = labels.reshape(fine[0], rows, fine[1], columns, fine[2])
    out = np.zeros((len(Tissue), rows, columns), np.float32)
    for tissue in np.unique(labels):
        out[tissue] = (blocks == tissue).sum(axis=(0, 2, 4)) / np.float32(np.prod(fine))
    return out

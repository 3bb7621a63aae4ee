"""Geometry for files that state none: a plain grid, and the sentences that say what is not known."""

from collections.abc import Sequence

from viewer.core.geometry import Geometry

PLAIN_AXES = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
"""Slices towards the head, rows to the back, columns to the left (LPS): the axial picture, upright."""
NO_ORIENTATION = "The file states no orientation: left, right, front and back are guesses."
NO_SPACING = "The file states no voxel size: 1 mm is assumed, so lengths and volumes measured in it mean nothing."
NO_POSITION = "The file states no position: the image is centred on zero, and cannot be fused with another."


def to_scale(warnings: Sequence[str]) -> bool:
    """Whether an image with these warnings has voxels of a known size: else no length on it means anything."""
    return NO_SPACING not in warnings


def plain_grid(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Geometry:
    """Return an axial grid with voxel ``n // 2`` of every axis at LPS zero."""
    return grid_around(shape, spacing_mm, PLAIN_AXES, (0.0, 0.0, 0.0))


def grid_around(
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    directions: tuple[tuple[float, ...], ...],
    centre_lps_mm: tuple[float, ...],
    frame_of_reference_uid: str = "",
) -> Geometry:
    """Return the grid whose voxel ``n // 2`` along every axis, where a Fourier transform puts its centre, lies
    there.

    ``directions`` are unit vectors (LPS) from slice to slice, row to row and column to column.
    """
    origin = [
        centre_lps_mm[x] - sum((n // 2) * step * axis[x] for n, step, axis in zip(shape, spacing_mm, directions))
        for x in range(3)
    ]
    return Geometry.from_axes(shape, spacing_mm, directions, origin, frame_of_reference_uid)

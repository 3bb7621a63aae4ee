"""A registration to look at: both images over each other, before and after; red the first scan, cyan this one."""

import numpy as np
from numpy.typing import NDArray

from viewer.align.rigid import seen_from
from viewer.core.geometry import Floats
from viewer.core.picture import Rgb, Window, auto_window, level
from viewer.core.reslice import Orientation, Plane, sample_plane, standard_plane
from viewer.core.volume import Volume

PIXELS = 180
"""Of the longest side of a panel."""
GAP = 4
BODY_HU: Window = (0.0, 600.0)
"""Air, soft tissue and bone at once."""
ORIENTATIONS: tuple[Orientation, ...] = ("axial", "coronal", "sagittal")


def overlay(fixed: Volume, moving: Volume, matrix: Floats) -> Rgb:
    """Return (rows, columns, 3) uint8: axial, coronal and sagittal planes through the middle of ``fixed``.

    Above as the scanner placed both, below with ``matrix`` (LPS mm of ``fixed`` to LPS mm of ``moving``, 4 x 4).
    Where both agree it is grey; a red or cyan rim is what one of them has and the other has not.
    """
    geometry = seen_from(moving.geometry, matrix, fixed.geometry.frame_of_reference_uid)
    after = Volume(moving.data, geometry, moving.unit)
    low, high = fixed.geometry.bounds_lps_mm()
    spacing = float((high - low).max()) / PIXELS
    planes = [standard_plane(fixed.geometry, each, (low + high) / 2, spacing) for each in ORIENTATIONS]
    return _stacked([_row([_panel(fixed, each, plane) for plane in planes]) for each in (moving, after)])


def _panel(fixed: Volume, moving: Volume, plane: Plane) -> Rgb:
    red, cyan = (_brightness(volume, plane) for volume in (fixed, moving))
    return np.stack([red, cyan, cyan], axis=-1)


def _brightness(volume: Volume, plane: Plane) -> NDArray[np.uint8]:
    values, inside = sample_plane(volume, plane)
    window = BODY_HU if volume.unit == "HU" else auto_window(volume.data)
    return np.asarray(np.round(255 * level(values, window) * inside), dtype=np.uint8)


def _row(panels: list[Rgb]) -> Rgb:
    """Put panels side by side, centred on the highest."""
    height = max(len(panel) for panel in panels)
    parts = [np.zeros((height, GAP, 3), np.uint8)] * (2 * len(panels) - 1)
    for number, panel in enumerate(panels):
        above = (height - len(panel)) // 2
        parts[2 * number] = np.pad(panel, ((above, height - len(panel) - above), (0, 0), (0, 0)))
    return np.concatenate(parts, axis=1)


def _stacked(rows: list[Rgb]) -> Rgb:
    gap = np.zeros((GAP, rows[0].shape[1], 3), np.uint8)
    return np.concatenate([rows[0], gap, rows[1]])

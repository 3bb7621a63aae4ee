"""Where a view looks: the arithmetic between screen millimetres of a plane and pixels of a widget."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Rect = tuple[float, float, float, float]
"""(left, top, width, height)"""
MARGIN = 0.98
MIN_ZOOM, MAX_ZOOM = 0.2, 40.0


@dataclass(frozen=True)
class Look:
    """What the user chose: ``zoom`` 1 fits the plane into the widget; ``center_mm`` None shows its middle.

    Independent of the size of a widget, so that linked views of different sizes show the same place.
    """

    zoom: float = 1.0
    center_mm: tuple[float, float] | None = None


@dataclass(frozen=True)
class Camera:
    """A `Look` at a plane rectangle (screen mm) in a widget of ``size`` (width, height) pixels."""

    rect_mm: Rect
    size: tuple[float, float]
    look: Look = Look()

    @property
    def scale(self) -> float:
        """Pixels per millimetre."""
        _, _, width, height = self.rect_mm
        return max(1e-6, MARGIN * min(self.size[0] / width, self.size[1] / height) * self.look.zoom)

    @property
    def center_mm(self) -> tuple[float, float]:
        """What lies in the middle of the widget."""
        left, top, width, height = self.rect_mm
        return self.look.center_mm or (left + width / 2, top + height / 2)

    def to_pixels(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """Map screen millimetres to widget pixels."""
        x, y = self.center_mm
        return self.size[0] / 2 + (x_mm - x) * self.scale, self.size[1] / 2 + (y_mm - y) * self.scale

    def pixels_of(self, line_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points (n, 2) in screen millimetres to widget pixels."""
        return np.asarray((line_mm - self.center_mm) * self.scale + (self.size[0] / 2, self.size[1] / 2))

    def to_mm(self, x: float, y: float) -> tuple[float, float]:
        """Map widget pixels to screen millimetres."""
        cx, cy = self.center_mm
        return cx + (x - self.size[0] / 2) / self.scale, cy + (y - self.size[1] / 2) / self.scale

    def panned(self, dx: float, dy: float) -> Look:
        """Return the look after dragging the image by (dx, dy) pixels."""
        x, y = self.center_mm
        return replace(self.look, center_mm=(x - dx / self.scale, y - dy / self.scale))

    def zoomed(self, factor: float, x: float, y: float) -> Look:
        """Return the look after zooming by ``factor``, the point under the pixel (x, y) staying where it is."""
        zoom = min(MAX_ZOOM, max(MIN_ZOOM, self.look.zoom * factor))
        here, real = self.to_mm(x, y), zoom / self.look.zoom
        cx, cy = self.center_mm
        return Look(zoom, (here[0] + (cx - here[0]) / real, here[1] + (cy - here[1]) / real))

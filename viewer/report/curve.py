"""The recovery plot as vectors: this scan's coefficients beside the paper's curve and the EARL bands."""

from collections.abc import Sequence

import numpy as np
from reportlab.graphics.shapes import Circle, Drawing, Group, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor

from viewer.core.phantom import PhantomResult
from viewer.quantify.recovery_fit import fit
from viewer.quantify.recovery_tables import Standard, recovery_table, standards
from viewer.report import style
from viewer.report.fonts import BOLD, TEXT

PAPER_KEY = "tb149-2026"
HEIGHT = 225.0
LEFT, BOTTOM, RIGHT, TOP = 34.0, 30.0, 6.0, 40.0
X_RANGE_MM = (8.0, 39.0)
EARL_COLORS = (HexColor("#dfe5ea"), HexColor("#cfe6ea"))
PAPER, MEASURED = HexColor("#b45f06"), style.ACCENT
FONT_SIZE = 7.0
CURVE_STEPS = 60


class Axes:
    """Maps diameters and coefficients to points on the drawing."""

    def __init__(self, width: float, top_rc: float) -> None:
        self.width, self.top_rc = width, top_rc

    def x(self, diameter_mm: float) -> float:
        """Return the abscissa of a diameter."""
        low, high = X_RANGE_MM
        return LEFT + (diameter_mm - low) / (high - low) * (self.width - LEFT - RIGHT)

    def y(self, rc: float) -> float:
        """Return the ordinate of a coefficient."""
        return BOTTOM + rc / self.top_rc * (HEIGHT - BOTTOM - TOP)


def recovery_plot(result: PhantomResult, width: float) -> Drawing | None:
    """Return RCmean of every sphere beside the paper's curve; None where no coefficient is known.

    EARL bands are those of RCmean. The paper's band is the 95 % confidence of the fitted curve.
    """
    found = [(each.diameter_mm, each.rc_mean) for each in result.spheres if each.rc_mean is not None]
    if not found:
        return None
    drawing = Drawing(width, HEIGHT, hAlign="LEFT")
    axes = Axes(width, max(1.2, 0.2 * np.ceil(max(rc for _, rc in found) / 0.2 + 0.5)))
    for standard, color in zip(standards(), EARL_COLORS):
        drawing.add(_band(axes, standard, color))
    drawing.add(_frame(axes))
    drawing.add(_paper(axes))
    drawing.add(_measured(axes, found))
    drawing.add(_legend(axes, [each.name for each in standards()], result.label))
    return drawing


def _band(axes: Axes, standard: Standard, color: Color) -> Group:
    """Return the band as bars, one a sphere: nothing is promised between them."""
    group = Group()
    shift = -0.55 if standard.key == "earl1" else 0.55
    for band in standard.bands:
        left, right = axes.x(band.diameter_mm + shift - 0.5), axes.x(band.diameter_mm + shift + 0.5)
        low, high = axes.y(band.mean[0]), axes.y(band.mean[1])
        group.add(Rect(left, low, right - left, high - low, fillColor=color, strokeColor=None))
    return group


def _frame(axes: Axes) -> Group:
    group = Group()
    for rc in np.arange(0, axes.top_rc + 1e-9, 0.2):
        y = axes.y(float(rc))
        line = Line(LEFT, y, axes.width - RIGHT, y, strokeColor=style.RULE if rc == 0 else style.HAIRLINE)
        line.strokeWidth = 0.5
        group.add(line)
        group.add(_text(LEFT - 4, y - 2.5, f"{rc:.1f}", "end"))
    for diameter in (10, 13, 17, 22, 28, 37):
        group.add(_text(axes.x(diameter), BOTTOM - 10, str(diameter), "middle"))
    group.add(_text((LEFT + axes.width) / 2, 6, "Sphere diameter, mm", "middle"))
    group.add(_text(2, HEIGHT - TOP + 6, "RCmean"))
    return group


def _paper(axes: Axes) -> Group:
    table = recovery_table(PAPER_KEY)
    curve, (low, high) = fit(table), table.range_mm
    diameters = [float(each) for each in np.linspace(low, high, CURVE_STEPS)]
    bands = [curve.band(each) for each in diameters]
    outline = [(axes.x(d), axes.y(b[0])) for d, b in zip(diameters, bands)]
    outline += [(axes.x(d), axes.y(b[1])) for d, b in zip(reversed(diameters), reversed(bands))]
    group = Group()
    tint = Color(PAPER.red, PAPER.green, PAPER.blue, alpha=0.16)
    group.add(Polygon(_flat(outline), fillColor=tint, strokeColor=None))
    line = [(axes.x(d), axes.y(curve.rc(d))) for d in diameters]
    group.add(PolyLine(_flat(line), strokeColor=PAPER, strokeWidth=1))
    for point in table.points:
        group.add(_dot(axes.x(point.diameter_mm), axes.y(point.rc), PAPER, filled=False))
    return group


def _measured(axes: Axes, found: Sequence[tuple[float, float]]) -> Group:
    group = Group()
    points = [(axes.x(diameter), axes.y(rc)) for diameter, rc in found]
    group.add(PolyLine(_flat(points), strokeColor=MEASURED, strokeWidth=0.6, strokeDashArray=(2, 2)))
    paper = fit(recovery_table(PAPER_KEY))
    for (x, y), (diameter, rc) in zip(points, found):
        group.add(_dot(x, y, MEASURED, filled=True))
        above = rc >= paper.rc(diameter)  # away from the paper's curve
        group.add(_text(x, y + 6 if above else y - 12, f"{rc:.2f}", "middle", MEASURED, BOLD))
    return group


def _legend(axes: Axes, names: Sequence[str], label: str) -> Group:
    group = Group()
    y, x = HEIGHT - 12, LEFT
    for color, name in zip(EARL_COLORS, names):
        group.add(Rect(x, y - 1, 8, 7, fillColor=color, strokeColor=None))
        group.add(_text(x + 11, y, f"{name} band"))
        x += 62
    group.add(_dot(x + 4, y + 2.5, PAPER, filled=False))
    group.add(_text(x + 11, y, f"{recovery_table(PAPER_KEY).name}, fitted curve and its 95 % band"))
    group.add(_dot(LEFT + 4, y - 10.5, MEASURED, filled=True))
    group.add(_text(LEFT + 11, y - 13, f"this scan{', ' if label else ''}{label}"))
    return group


def _dot(x: float, y: float, color: Color, *, filled: bool) -> Circle:
    ground = color if filled else HexColor("#ffffff")
    return Circle(x, y, 2.6, fillColor=ground, strokeColor=color, strokeWidth=1)


def _text(
    x: float, y: float, text: str, anchor: str = "start", color: Color = style.MUTED, font: str = TEXT
) -> String:
    return String(x, y, text, textAnchor=anchor, fontName=font, fontSize=FONT_SIZE, fillColor=color)


def _flat(points: Sequence[tuple[float, float]]) -> list[float]:
    return [number for point in points for number in point]

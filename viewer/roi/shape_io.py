"""Shapes as JSON objects and back; lengths in LPS mm.

Fields by type: ``sphere`` center_lps_mm, radius_mm; ``ellipsoid`` center_lps_mm, radii_mm, axes (optional);
``box`` min_lps_mm, max_lps_mm; ``oriented_box`` center_lps_mm, size_mm, axes (optional); ``polygon``
contours_lps_mm, normal, thickness_mm, interpolation (``slab``, the default, or ``shape``); ``isocontour``
seed_lps_mm, radius_mm, fraction; ``grown`` within (a shape), level, seed_lps_mm and series_uid (optional);
``union``, ``subtract``, ``intersect`` parts (shapes); ``whole``; ``mask`` shape, affine,
frame_of_reference_uid, mask_zlib_bits, series_uid (optional); ``painting`` as mask, for the part that is
painted, and grid_shape, first_voxel: where that part lies in the grid of its series.

A level is ``{"kind": "of_maximum", "fraction"}``, ``{"kind": "over_background", "background" (a shape),
"fraction"}`` or ``{"kind": "fixed", "value", "unit"}``.
"""

from collections.abc import Callable
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.roi.checks import Vector
from viewer.roi.compound import INTERSECT, SUBTRACT, UNION, FixedLevel, Level, OfMaximum, OverBackground
from viewer.roi.fields import Fields
from viewer.roi.packed import packed_mask, packed_painting, unpacked_mask, unpacked_painting
from viewer.roi.polygon import SLAB
from viewer.roi.shapes import (
    UNIT_AXES,
    Box,
    Combined,
    Ellipsoid,
    Grown,
    Isocontour,
    MaskShape,
    OrientedBox,
    Painting,
    Polygon,
    Shape,
    Sphere,
    Whole,
)

MOST_NESTED = 32
"""A shape within a shape within a shape … deeper than this is a damaged document."""


def read_shape(fields: Fields, depth: int = 0) -> Shape:
    """Return the shape that ``fields`` describe; LowfieldError names whose it is and what is wrong."""
    kind = fields.text("type")
    if kind not in READERS:
        raise LowfieldError(
            f"{fields.who}: the type {kind!r} is not known.", hint=f"Known are {', '.join(READERS)}."
        )
    if depth > MOST_NESTED:
        raise LowfieldError(f"{fields.who}: shapes are nested too deeply.")
    try:
        return READERS[kind](fields, depth)
    except LowfieldError as error:
        what = error.what if fields.who in error.what else f"{fields.who}: {error.what}"
        raise LowfieldError(what, hint=error.hint) from error


def shape_document(shape: Shape) -> dict[str, Any]:
    """Return the JSON object of a shape; `read_shape` makes the same shape of it."""
    match shape:
        case Polygon(contours, normal, thickness, interpolation):
            points = [[list(point) for point in contour] for contour in contours]
            lines = {"contours_lps_mm": points, "normal": list(normal), "thickness_mm": thickness}
            return {
                "type": "polygon",
                **lines,
                **({} if interpolation == SLAB else {"interpolation": interpolation}),
            }
        case Grown(within, level, seed, series_uid):
            extras = {"seed_lps_mm": list(seed) if seed else None, "series_uid": series_uid}
            given = {key: value for key, value in extras.items() if value}
            return {"type": "grown", "within": shape_document(within), "level": _level_document(level), **given}
        case Combined(kind, parts):
            return {"type": kind, "parts": [shape_document(part) for part in parts]}
        case MaskShape():
            return {"type": "mask", **packed_mask(shape)}
        case Painting():
            return {"type": "painting", **packed_painting(shape)}
        case _:
            return _solid_document(shape)


def _solid_document(shape: Shape) -> dict[str, Any]:
    match shape:
        case Sphere(center, radius):
            return {"type": "sphere", "center_lps_mm": list(center), "radius_mm": radius}
        case Ellipsoid(center, radii, axes):
            rows = [list(axis) for axis in axes]
            return {"type": "ellipsoid", "center_lps_mm": list(center), "radii_mm": list(radii), "axes": rows}
        case Box(low, high):
            return {"type": "box", "min_lps_mm": list(low), "max_lps_mm": list(high)}
        case OrientedBox(center, size, axes):
            rows = [list(axis) for axis in axes]
            return {"type": "oriented_box", "center_lps_mm": list(center), "size_mm": list(size), "axes": rows}
        case Isocontour(seed, radius, fraction):
            return {"type": "isocontour", "seed_lps_mm": list(seed), "radius_mm": radius, "fraction": fraction}
        case _:
            return {"type": "whole"}


def _level_document(level: Level) -> dict[str, Any]:
    match level:
        case OfMaximum(fraction):
            return {"kind": "of_maximum", "fraction": fraction}
        case OverBackground(background, fraction):
            return {"kind": "over_background", "background": shape_document(background), "fraction": fraction}
        case _:
            return {"kind": "fixed", "value": level.value, "unit": level.unit}


def _polygon(fields: Fields, depth: int) -> Polygon:
    contours = fields.contours("contours_lps_mm")
    between = fields.text("interpolation", default=SLAB)
    return Polygon(contours, fields.vector("normal"), fields.number("thickness_mm"), between)


def _axes(fields: Fields) -> tuple[Vector, Vector, Vector]:
    if not fields.has("axes"):
        return UNIT_AXES
    first, second, third = ((row[0], row[1], row[2]) for row in fields.matrix("axes", 3, 3))
    return first, second, third


def _isocontour(fields: Fields, depth: int) -> Isocontour:
    return Isocontour(fields.vector("seed_lps_mm"), fields.number("radius_mm"), fields.number("fraction"))


def _grown(fields: Fields, depth: int) -> Grown:
    within = _inner(fields.inner("within"), depth)
    seed = fields.vector("seed_lps_mm") if fields.has("seed_lps_mm") else None
    return Grown(within, _level(fields.inner("level"), depth), seed, fields.text("series_uid", default=""))


def _level(fields: Fields, depth: int) -> Level:
    kind = fields.text("kind")
    if kind not in LEVELS:
        raise LowfieldError(f"{fields.who}: the kind {kind!r} of a level is not known.")
    level = LEVELS[kind](fields, depth)
    fields.finish()
    return level


def _inner(fields: Fields, depth: int) -> Shape:
    shape = read_shape(fields, depth + 1)
    fields.finish()
    return shape


def _combined(kind: str) -> "Reader":
    return lambda fields, depth: Combined(kind, tuple(_inner(each, depth) for each in fields.inners("parts")))


LEVELS: dict[str, Callable[[Fields, int], Level]] = {
    "of_maximum": lambda fields, depth: OfMaximum(fields.number("fraction")),
    "over_background": lambda fields, depth: OverBackground(
        _inner(fields.inner("background"), depth), fields.number("fraction")
    ),
    "fixed": lambda fields, depth: FixedLevel(fields.number("value"), fields.text("unit", default="")),
}
Reader = Callable[[Fields, int], Shape]
READERS: dict[str, Reader] = {
    "sphere": lambda fields, depth: Sphere(fields.vector("center_lps_mm"), fields.number("radius_mm")),
    "ellipsoid": lambda fields, depth: Ellipsoid(
        fields.vector("center_lps_mm"), fields.vector("radii_mm"), _axes(fields)
    ),
    "box": lambda fields, depth: Box(fields.vector("min_lps_mm"), fields.vector("max_lps_mm")),
    "oriented_box": lambda fields, depth: OrientedBox(
        fields.vector("center_lps_mm"), fields.vector("size_mm"), _axes(fields)
    ),
    "polygon": _polygon,
    "isocontour": _isocontour,
    "grown": _grown,
    "whole": lambda fields, depth: Whole(),
    "mask": lambda fields, depth: unpacked_mask(fields),
    "painting": lambda fields, depth: unpacked_painting(fields),
    **{kind: _combined(kind) for kind in (UNION, SUBTRACT, INTERSECT)},
}

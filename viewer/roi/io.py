"""ROIs as a JSON document: ``{"rois": [{"name", "type", …}]}``; lengths in LPS mm.

Fields by type: ``sphere`` center_lps_mm, radius_mm; ``ellipsoid`` center_lps_mm, radii_mm, axes (optional);
``box`` min_lps_mm, max_lps_mm; ``polygon`` contours_lps_mm, normal, thickness_mm; ``isocontour`` seed_lps_mm,
radius_mm, fraction; ``whole``; ``mask`` shape, affine, frame_of_reference_uid, mask_zlib_bits. All may have an
``id`` and a ``color``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.roi.checks import vector
from viewer.roi.fields import Fields
from viewer.roi.packed import packed_mask, unpacked_mask
from viewer.roi.shapes import UNIT_AXES, Box, Ellipsoid, Isocontour, MaskShape, Polygon, Roi, Shape, Sphere, Whole


def rois_from_json(document: Mapping[str, Any] | str | Path) -> tuple[Roi, ...]:
    """Return the ROIs of a document, or of the JSON file at a path, in order.

    Raises `LowfieldError` that names the ROI and the field: nothing is skipped and nothing is guessed.
    """
    if isinstance(document, str | Path):
        return _from_file(Path(document))
    rows = document.get("rois") if isinstance(document, Mapping) else None
    if not isinstance(rows, list):
        raise LowfieldError('The ROI file must be an object with a list "rois".')
    return tuple(_roi(row, number) for number, row in enumerate(rows, start=1))


def rois_to_json(rois: Sequence[Roi]) -> dict[str, Any]:
    """Return the JSON document of ROIs; reading it back gives the same ROIs, ids and colours."""
    return {"rois": [_row(roi) for roi in rois]}


def _from_file(path: Path) -> tuple[Roi, ...]:
    try:
        return rois_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise LowfieldError(f"cannot be read as JSON ({error}).", where=path) from error
    except LowfieldError as error:
        raise LowfieldError(error.what, where=path, hint=error.hint) from error


def _roi(row: object, number: int) -> Roi:
    fields = Fields(row, f"ROI {number}")
    name = fields.text("name")
    fields.who = f"ROI {number} {name!r}"
    kind = fields.text("type")
    if kind not in READERS:
        raise LowfieldError(
            f"{fields.who}: the type {kind!r} is not known.", hint=f"Known are {', '.join(READERS)}."
        )
    given = {key: fields.text(key, default="") for key in ("id", "color")}
    try:
        shape = READERS[kind](fields)
    except LowfieldError as error:
        raise LowfieldError(error.what if fields.who in error.what else f"{fields.who}: {error.what}") from error
    fields.finish()
    return Roi(name, shape, **{key: text for key, text in given.items() if text})


def _polygon(fields: Fields) -> Polygon:
    contours = fields.contours("contours_lps_mm")
    return Polygon(contours, fields.vector("normal"), fields.number("thickness_mm"))


def _ellipsoid(fields: Fields) -> Ellipsoid:
    axes = UNIT_AXES
    if fields.has("axes"):
        first, second, third = (vector(row, "An axis") for row in fields.matrix("axes", 3, 3))
        axes = first, second, third
    return Ellipsoid(fields.vector("center_lps_mm"), fields.vector("radii_mm"), axes)


READERS: dict[str, Callable[[Fields], Shape]] = {
    "sphere": lambda fields: Sphere(fields.vector("center_lps_mm"), fields.number("radius_mm")),
    "ellipsoid": _ellipsoid,
    "box": lambda fields: Box(fields.vector("min_lps_mm"), fields.vector("max_lps_mm")),
    "polygon": _polygon,
    "isocontour": lambda fields: Isocontour(
        fields.vector("seed_lps_mm"), fields.number("radius_mm"), fields.number("fraction")
    ),
    "whole": lambda fields: Whole(),
    "mask": unpacked_mask,
}


def _row(roi: Roi) -> dict[str, Any]:
    color = {"color": roi.color} if roi.color else {}
    return {"name": roi.name, **_shape(roi.shape), "id": roi.id, **color}


def _shape(shape: Shape) -> dict[str, Any]:
    match shape:
        case Sphere(center, radius):
            return {"type": "sphere", "center_lps_mm": list(center), "radius_mm": radius}
        case Ellipsoid(center, radii, axes):
            rows = [list(axis) for axis in axes]
            return {"type": "ellipsoid", "center_lps_mm": list(center), "radii_mm": list(radii), "axes": rows}
        case Box(low, high):
            return {"type": "box", "min_lps_mm": list(low), "max_lps_mm": list(high)}
        case Polygon(contours, normal, thickness):
            points = [[list(point) for point in contour] for contour in contours]
            return {
                "type": "polygon",
                "contours_lps_mm": points,
                "normal": list(normal),
                "thickness_mm": thickness,
            }
        case Isocontour(seed, radius, fraction):
            return {"type": "isocontour", "seed_lps_mm": list(seed), "radius_mm": radius, "fraction": fraction}
        case MaskShape():
            return {"type": "mask", **packed_mask(shape)}
        case _:
            return {"type": "whole"}

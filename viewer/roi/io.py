"""ROIs as JSON: the format of ``lowfield measure --rois`` and of the journal."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.shapes import IDENTITY, Box, Ellipsoid, Isocontour, MaskShape, Polygon, Roi, Shape, Sphere, Whole

Fields = Mapping[str, Any]


def rois_from_json(document: Mapping[str, Any] | Path) -> tuple[Roi, ...]:
    """Read ``{"rois": [...]}``; each entry has ``name``, ``type`` and the fields of its shape (LPS mm).

    Raises `LowfieldError` naming the ROI and what is wrong with it.
    """
    if isinstance(document, Path):
        document = json.loads(document.read_text(encoding="utf-8"))
    entries = document.get("rois") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        raise LowfieldError('The ROI document has no list named "rois".')
    return tuple(_roi(number, entry) for number, entry in enumerate(entries, 1))


def rois_to_json(rois: Iterable[Roi]) -> dict[str, Any]:
    """Return the document that `rois_from_json` reads back without loss."""
    return {"rois": [_entry(roi) for roi in rois]}


def _roi(number: int, entry: Any) -> Roi:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    label = f"ROI {name!r}" if isinstance(name, str) and name else f"ROI number {number}"
    if not isinstance(entry, Mapping) or not isinstance(name, str) or not name:
        raise LowfieldError("needs a name and a type.", where=label)
    reader = READERS.get(str(entry.get("type")))
    if reader is None:
        kinds = ", ".join(READERS)
        raise LowfieldError(f"has the unknown type {entry.get('type')!r}.", where=label, hint=f"Known: {kinds}.")
    try:
        shape = reader(entry)
    except KeyError as error:
        raise LowfieldError(f"lacks the field {error}.", where=label) from error
    except (TypeError, ValueError, zlib.error) as error:
        raise LowfieldError(f"has a field that cannot be understood ({error}).", where=label) from error
    except LowfieldError as error:
        raise LowfieldError(error.what, where=label) from error
    known = {key: str(entry[key]) for key in ("id", "color") if entry.get(key)}
    return Roi(name, shape, **known)


def _point(value: Any) -> tuple[float, float, float]:
    x, y, z = (float(part) for part in value)
    return x, y, z


def _ellipsoid(entry: Fields) -> Shape:
    x, y, z = (_point(axis) for axis in entry.get("axes", IDENTITY))
    return Ellipsoid(_point(entry["center_lps_mm"]), _point(entry["radii_mm"]), (x, y, z))


def _polygon(entry: Fields) -> Shape:
    contours = tuple(tuple(_point(point) for point in contour) for contour in entry["contours_lps_mm"])
    return Polygon(contours, _point(entry["normal"]), float(entry["thickness_mm"]))


def _mask(entry: Fields) -> Shape:
    a, b, c = (int(n) for n in entry["shape"])
    geometry = Geometry((a, b, c), np.asarray(entry["affine"], float), str(entry["frame_of_reference_uid"]))
    bits = np.frombuffer(zlib.decompress(base64.b64decode(entry["mask_zlib_bits"])), dtype=np.uint8)
    return MaskShape(np.unpackbits(bits, count=a * b * c).reshape(a, b, c).astype(bool), geometry)


READERS: dict[str, Callable[[Fields], Shape]] = {
    "sphere": lambda entry: Sphere(_point(entry["center_lps_mm"]), float(entry["radius_mm"])),
    "ellipsoid": _ellipsoid,
    "box": lambda entry: Box(_point(entry["min_lps_mm"]), _point(entry["max_lps_mm"])),
    "polygon": _polygon,
    "isocontour": lambda entry: Isocontour(
        _point(entry["seed_lps_mm"]), float(entry["radius_mm"]), float(entry["fraction"])
    ),
    "whole": lambda entry: Whole(),
    "mask": _mask,
}


def _entry(roi: Roi) -> dict[str, Any]:
    color = {"color": roi.color} if roi.color else {}
    return {"name": roi.name, "id": roi.id, **color, **_fields(roi.shape)}


def _fields(shape: Shape) -> dict[str, Any]:
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
            rest = {"normal": list(normal), "thickness_mm": thickness}
            return {"type": "polygon", "contours_lps_mm": points, **rest}
        case Isocontour(seed, radius, fraction):
            return {"type": "isocontour", "seed_lps_mm": list(seed), "radius_mm": radius, "fraction": fraction}
        case Whole():
            return {"type": "whole"}
        case MaskShape(mask, geometry):
            return {"type": "mask", **_mask_fields(mask, geometry)}


def _mask_fields(mask: Any, geometry: Geometry) -> dict[str, Any]:
    packed = base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode("ascii")
    return {
        "shape": list(geometry.shape),
        "affine": geometry.affine.tolist(),
        "frame_of_reference_uid": geometry.frame_of_reference_uid,
        "mask_zlib_bits": packed,
    }

"""ROIs as a JSON document: ``{"rois": [{"name", "type", …}]}``; lengths in LPS mm.

What each type's fields are: `viewer.roi.shape_io`. All may have an ``id``, a ``color``, and the series and frame
of reference they were drawn in (`EXTRAS`). Fields and types are only ever added.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.measurement import CENTRES
from viewer.roi.fields import Fields
from viewer.roi.shape_io import read_shape, shape_document
from viewer.roi.shapes import Roi

EXTRAS = {
    "id": "id", "color": "color", "series_uid": "drawn_on_series_uid",
    "frame_of_reference_uid": "drawn_in_frame_of_reference_uid", "weighting": "weighting",
}  # fmt: skip
"""Fields of `Roi` beside name and shape, and what they are called in the document (left out where empty)."""


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
    given = {field: fields.text(key, default="") for field, key in EXTRAS.items()}
    shape = read_shape(fields)
    fields.finish()
    return Roi(name, shape, **{field: text for field, text in given.items() if text})


def _row(roi: Roi) -> dict[str, Any]:
    extras = {key: text for field, key in EXTRAS.items() if (text := getattr(roi, field)) not in ("", CENTRES)}
    return {"name": roi.name, **shape_document(roi.shape), **extras}

"""Contours of an RT Structure Set (PS3.3 C.8.8.5 Structure Set, C.8.8.6 ROI Contour) in LPS mm."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.uid import RTStructureSetStorage

from viewer.core.errors import LowfieldError
from viewer.dicom.fields import text
from viewer.dicom.guard import read_header

CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
"""Contours that bound an area; several of one plane combine by even-odd (XOR), as cut-outs are drawn."""
CONTOUR_DATA = 0x30060050


@dataclass(frozen=True, eq=False)
class NamedContours:
    """One ROI: its closed planar contours, each (n, 3) float64 in LPS mm of ``frame_of_reference_uid``.

    ``color`` is ``#rrggbb`` or empty. ``warnings`` says what of this ROI could not be used.
    """

    name: str
    contours: list[NDArray[np.float64]]
    frame_of_reference_uid: str = ""
    color: str = ""
    warnings: tuple[str, ...] = ()


def read_rtstruct(path: Path) -> list[NamedContours]:
    """Read the ROIs of a structure set, in file order, also those without contours (they say so).

    Raises `LowfieldError` for other objects, damaged files, and files that hold no ROI.
    """
    dataset = read_header(path)
    if dataset.get("SOPClassUID") != RTStructureSetStorage and dataset.get("Modality") != "RTSTRUCT":
        raise LowfieldError("is no RT structure set.", where=path)
    drawn = {text(item, "ReferencedROINumber"): item for item in dataset.get("ROIContourSequence") or ()}
    rois = dataset.get("StructureSetROISequence") or ()
    if not rois:
        raise LowfieldError("holds no regions of interest.", where=path)
    default = _only_frame_of_reference(dataset)
    return [_named_contours(roi, drawn.get(text(roi, "ROINumber"), Dataset()), default) for roi in rois]


def _named_contours(roi: Dataset, drawn: Dataset, default_frame: str) -> NamedContours:
    name = text(roi, "ROIName") or f"ROI {text(roi, 'ROINumber')}"
    contours, dropped = [], list[str]()
    for contour in drawn.get("ContourSequence") or ():
        kind, points = text(contour, "ContourGeometricType").upper(), _points(contour)
        if kind not in CLOSED:
            dropped.append(f"of type {kind or 'unknown'}")
        elif points is None:
            dropped.append("with unreadable points")
        else:
            contours.append(points)
    warnings = [f"{name}: {dropped.count(why)} contours {why} were left out." for why in sorted(set(dropped))]
    if not contours:
        warnings.append(f"{name}: there are no closed contours.")
    frame = text(roi, "ReferencedFrameOfReferenceUID") or default_frame
    return NamedContours(name, contours, frame, _color(drawn), tuple(warnings))


def _points(contour: Dataset) -> NDArray[np.float64] | None:
    """Return ContourData (3006,0050) as (n, 3), n >= 3; None where it is not that.

    The text is parsed at once: a pydicom number object for each coordinate takes a hundred times longer.
    """
    element = contour.get_item(CONTOUR_DATA)
    raw = element.value if element is not None else None
    values: Any = raw.split(b"\\") if isinstance(element, RawDataElement) and isinstance(raw, bytes) else raw
    try:
        numbers = np.array([] if values is None else values, dtype=np.float64)
    except ValueError:
        return None
    if numbers.ndim != 1 or numbers.size < 9 or numbers.size % 3 or not np.isfinite(numbers).all():
        return None
    return numbers.reshape(-1, 3)


def _color(drawn: Dataset) -> str:
    try:
        parts = [int(part) for part in drawn.get("ROIDisplayColor") or ()]
    except (ValueError, TypeError):  # a colour is not worth losing contours for
        return ""
    good = len(parts) == 3 and all(0 <= part <= 255 for part in parts)
    return "#" + "".join(f"{part:02x}" for part in parts) if good else ""


def _only_frame_of_reference(dataset: Dataset) -> str:
    """Return the one frame of reference that the set refers to; empty where there are several or none."""
    items = dataset.get("ReferencedFrameOfReferenceSequence") or ()
    frames = {text(item, "FrameOfReferenceUID") for item in items} | {text(dataset, "FrameOfReferenceUID")}
    frames.discard("")
    return frames.pop() if len(frames) == 1 else ""

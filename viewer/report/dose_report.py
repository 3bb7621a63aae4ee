"""A report of a verification of therapy: who, which scans, the doses, and the dose map over the CT."""

from collections.abc import Sequence
from dataclasses import replace

from viewer.core.dose import Verification
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.report.assemble import assemble
from viewer.report.dose_tables import REGISTERED
from viewer.report.keyimages import fused_pictures
from viewer.report.model import Picture, Report
from viewer.roi.frozen import needs_values
from viewer.roi.shapes import Roi


def dose_report(
    verification: Verification, first: Volume, ct: Volume | None, rois: Sequence[Roi], scans: Sequence[SeriesInfo]
) -> Report:
    """Gather a verification whose ROIs lie on ``first`` (the first PET); ``scans`` are all PET series used."""
    shown = assemble(first, ct, rois, (), None)
    return replace(
        shown,
        pictures=(*_mapped(verification, ct, rois), *registered_pictures(verification), *shown.pictures),
        title="Verification of therapy",
        study=replace(shown.study, series=tuple(scans)),
        method=verification.method,
        therapy=verification,
    )


def registered_pictures(verification: Verification) -> list[Picture]:
    """Return every registration as it looked before (above) and looks after (below)."""
    return [
        Picture(f"{each.series_description}: {REGISTERED}", each.picture, "Registration")
        for each in verification.alignments
        if each.picture is not None
    ]


def _mapped(verification: Verification, ct: Volume | None, rois: Sequence[Roi]) -> list[Picture]:
    """Return slices of the dose map; an ROI grown in the PET's numbers means nothing on it and is not outlined."""
    if verification.map is None:
        return []
    drawn = [roi for roi in rois if not needs_values(roi.shape)]
    pictures = fused_pictures(ct, verification.map.gray, drawn, None)
    return [replace(each, caption=each.caption.replace("PET", "Dose", 1), group="Dose map") for each in pictures]

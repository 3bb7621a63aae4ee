"""Gather what is open into one frozen report. No number is made here; they arrive measured."""

from collections.abc import Sequence
from datetime import datetime

from viewer import __version__
from viewer.core.denoised import DenoiseResult
from viewer.core.measurement import Measurement
from viewer.core.study import SeriesInfo
from viewer.core.volume import Origin, Volume
from viewer.report.keyimages import denoised_pictures, fused_pictures
from viewer.report.model import DenoiseSummary, Patient, Picture, Report, Software, Study
from viewer.roi.shapes import Roi

VOXELS = (
    "ROI numbers come from native voxels: a voxel belongs to an ROI when its centre lies inside; nothing is "
    "interpolated. SD is the population standard deviation. Peak is the mean of a 12 mm diameter sphere, placed "
    "inside the ROI where that mean is highest (Lodge 2012)."
)
FUSION = (
    "Fused pictures reslice both images in patient space (LPS, mm); they are for orientation, not for numbers."
)
SIMULATED = "Simulated data: no patient was scanned."
DENOISED = (
    "The denoised image is a network's estimate. Compare it with the raw image beside it; structure in the "
    "residual is structure that was changed. The raw series was not altered."
)
TRUST = (
    "Leaked detail, remaining error and what is expected of the residual come from a second run of the network, "
    "with a little more noise of the scan's own size and colour (Stein's lemma; Ramani, Blu & Unser, IEEE Trans "
    "Image Process 2008;17:1540). They are as good as sigma: one that is 10 % wrong shifts the squared error by "
    "0.2 sigma²."
)


def assemble(
    measured: Volume | None,
    ct: Volume | None,
    rois: Sequence[Roi],
    measurements: Sequence[Measurement],
    denoised: DenoiseResult | None,
    activity_per_unit: float | None = None,
) -> Report:
    """Build the report of one study from what was ``measured`` (PET, or another image) and ``denoised``.

    ``activity_per_unit`` turns the measured volume's numbers into Bq/mL for the captions of pictures.
    """
    sources = [volume for volume in (measured, ct, denoised.source if denoised else None) if volume is not None]
    origin = sources[0].origin if sources else Origin()
    pictures: tuple[Picture, ...] = denoised_pictures(denoised) if denoised else ()
    if measured is not None and rois:
        pictures += fused_pictures(ct, measured, rois, activity_per_unit)
    return Report(
        title="PET/CT measurements" if measurements else "MRI denoising",
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        software=Software("Lowfield", __version__),
        patient=Patient(origin.patient_name, origin.patient_id, origin.birth_date, origin.sex),
        study=_study(origin, sources),
        method=_method(measurements, denoised, ct),
        measurements=tuple(measurements),
        denoising=(DenoiseSummary.of(denoised),) if denoised else (),
        pictures=pictures,
        warnings=_warnings(sources),
    )


def _study(origin: Origin, sources: Sequence[Volume]) -> Study:
    series = {volume.origin.series_uid: _series(volume) for volume in sources}
    return Study(origin.study_date, origin.study_description, origin.source, tuple(series.values()))


def _series(volume: Volume) -> SeriesInfo:
    origin, grid = volume.origin, volume.geometry
    return SeriesInfo(
        series_uid=origin.series_uid,
        modality=origin.modality,
        description=origin.series_description,
        number=origin.series_number,
        instances=grid.shape[0],
        shape=grid.shape,
        spacing_mm=grid.spacing_mm,
        frame_of_reference_uid=grid.frame_of_reference_uid,
        files=(),
    )


def _warnings(sources: Sequence[Volume]) -> tuple[str, ...]:
    found = [text for volume in sources for text in volume.warnings]
    if any(volume.origin.simulated for volume in sources):
        found.insert(0, SIMULATED)
    return tuple(dict.fromkeys(found))


def _method(
    measurements: Sequence[Measurement], denoised: DenoiseResult | None, ct: Volume | None
) -> tuple[str, ...]:
    lines = [VOXELS] if measurements else []
    lines += [FUSION] if measurements and ct is not None else []
    lines += [DENOISED] if denoised else []
    return tuple(lines + ([TRUST] if denoised and denoised.maps else []))

"""The whole product, top to bottom: files → index → volume → denoise → ROI → measurement → report.

The window, the command line and the tests call these functions; newcomers start reading here.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from viewer.core.denoised import DenoiseResult
from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.options import AS_THE_FILE_SAYS
from viewer.core.options import MeasureOptions as MeasureOptions
from viewer.core.progress import Progress, silent
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.denoise.engine import denoise
from viewer.dicom.export import write_derived_series
from viewer.formats.nifti import write_nifti
from viewer.measuring import Reading, measure, measure_together
from viewer.opening import load as load
from viewer.opening import load_picture as load_picture
from viewer.opening import open_study as open_study
from viewer.quantify.activity import ActivityScale, activity_scale
from viewer.quantify.corrected import corrected
from viewer.quantify.other_suv import with_other_suv
from viewer.quantify.suv import SuvScale, stored_suv, suv_bw_scale
from viewer.report.assemble import assemble
from viewer.report.facts import denoise_facts, replay_facts
from viewer.report.model import Report
from viewer.roi.io import rois_to_json
from viewer.roi.shapes import Roi


@dataclass(frozen=True, eq=False)
class Scales:
    """Factors from the numbers of a PET volume to Bq/mL and SUV, or the reasons why there are none.

    ``stored_suv`` names the SUV (SUVlbm, …) that the stored numbers are themselves, where SUVbw cannot be had.
    """

    activity: ActivityScale | None = None
    suv: SuvScale | None = None
    reasons: tuple[str, ...] = ()
    stored_suv: str = ""


@dataclass
class _Attempts:
    """Collects why a scale could not be made, so that what can be shown still is."""

    reasons: list[str] = field(default_factory=list)

    def __call__(self, what: str, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except LowfieldError as error:
            self.reasons.append(f"{what} is not shown: {error}")
            return None


def denoise_volume(volume: Volume, progress: Progress = silent, **options: Any) -> DenoiseResult:
    """Denoise an MR volume; ``options``: ``model``, ``sigma``, ``repeat``, ``strength``, ``provider``."""
    result = denoise(volume, progress=progress, **options)
    return replace(result, replay=denoise_facts(result, options))


def scales_for(volume: Volume, options: MeasureOptions) -> Scales:
    """Work out, once per volume and options, how its numbers become Bq/mL and SUVbw."""
    if volume.acquisition is None:
        return Scales()
    acquisition = corrected(volume.acquisition, options.corrections)
    attempt = _Attempts()
    wanted = {"acquired_as": options.acquired_as, "nuclide": options.nuclide}
    reading = {"reference": options.reference, "calibration_uncertainty": options.calibration_uncertainty}
    activity = attempt("Activity", activity_scale, acquisition, **reading, **wanted)
    suv = attempt("SUV", suv_bw_scale, acquisition, **wanted)
    stored = (attempt("SUV as stored", stored_suv, acquisition) or "") if suv is None else ""
    return Scales(activity, suv, tuple(attempt.reasons), stored)


def measure_roi(volume: Volume, roi: Roi, scales: Scales, *, details: bool = True) -> Measurement:
    """Measure one ROI on the native voxels of ``volume``; without ``details`` fast enough for a drag."""
    found = measure(reading_of(volume, scales), roi, details=details)
    return with_other_suv(found, scales.suv, scales.stored_suv)


def measure_rois(
    volume: Volume, rois: Iterable[Roi], options: MeasureOptions = AS_THE_FILE_SAYS, *, details: bool = True
) -> tuple[Measurement, ...]:
    """Measure every ROI; the same numbers for window, command line and report."""
    scales = scales_for(volume, options)
    return tuple(measure_roi(volume, roi, scales, details=details) for roi in rois)


def measure_side_by_side(
    volumes: Sequence[Volume], roi: Roi, scales: Scales, *, details: bool = True
) -> tuple[tuple[Roi, Measurement], ...]:
    """Measure one ROI on PET and CT at once: ``scales`` read the first volume, the others have units of their own.

    Each measurement comes with the ROI as it was laid on its volume: see `viewer.measuring.measure_together`.
    """
    readings = [reading_of(volume, scales if volume is volumes[0] else Scales()) for volume in volumes]
    first, *others = measure_together(readings, roi, details=details)
    return ((first[0], with_other_suv(first[1], scales.suv, scales.stored_suv)), *others)


def measure_rows(
    measured: Volume, ct: Volume | None, rois: Iterable[Roi], options: MeasureOptions, *, details: bool = True
) -> tuple[tuple[Measurement, ...], ...]:
    """Measure every ROI on ``measured`` and, where it shares the frame of reference, on the CT: one row an ROI."""
    scales, volumes = scales_for(measured, options), _of_one_space(measured, ct)
    rows = (measure_side_by_side(volumes, roi, scales, details=details) for roi in rois)
    return tuple(tuple(one for _, one in row) for row in rows)


def reading_of(volume: Volume, scales: Scales) -> Reading:
    """Return how a volume's numbers are read, for measuring, isocontours and their outlines."""
    return Reading(volume, scales.activity, scales.suv, scales.reasons)


def export_denoised(result: DenoiseResult, source: SeriesInfo, folder: Path) -> list[Path]:
    """Write a denoised volume into a new ``folder``; the original stays untouched.

    A DICOM source gives a derived series of magnitudes, every other one NIfTI files (`write_denoised_nifti`).
    """
    if source.format:
        return write_denoised_nifti(result, folder / f"{_file_name(source.description)}_denoised.nii.gz")
    if source.components:
        source = source.components[0]
    model = result.model
    derivation = (
        f"Denoised by Lowfield with {model.name} {model.version} (SHA-256 {model.sha256}), "
        f"sigma {result.noise.sigma:.6g} ({result.noise.source}), strength {result.strength:.2f}"
    )
    description = f"{result.source.origin.series_description} DENOISED".strip()
    return write_derived_series(result.volume, source, folder, description=description, derivation=derivation)


def write_denoised_nifti(result: DenoiseResult, path: Path) -> list[Path]:
    """Write NIfTI: the denoised volume, and beside a complex one its magnitude; LowfieldError where one exists."""
    written = [path]
    if result.volume.is_complex:
        suffix = ".nii" if path.name.endswith(".nii") else ".nii.gz"
        written.append(path.with_name(f"{path.name.removesuffix(suffix)}_magnitude{suffix}"))
    for each in written:
        if each.exists():
            raise LowfieldError("exists already.", where=each, hint="Choose another name; nothing is overwritten.")
    write_nifti(result.volume, path)
    for each in written[1:]:
        write_nifti(result.volume.with_data(result.volume.magnitude()), each)
    return written


def _file_name(description: str) -> str:
    """Return a description as a file name that every system takes."""
    return re.sub(r"[^\w.+-]+", "_", description).strip("_.") or "image"


def make_report(
    measured: Volume | None,
    ct: Volume | None,
    rois: Sequence[Roi],
    options: MeasureOptions = AS_THE_FILE_SAYS,
    denoised: DenoiseResult | None = None,
) -> Report:
    """Measure the ROIs and gather everything into one report."""
    if measured is None:
        return assemble(None, None, (), (), denoised)
    scales, volumes = scales_for(measured, options), _of_one_space(measured, ct)
    rows = [measure_side_by_side(volumes, roi, scales) for roi in rois]
    found = tuple(replayable(each, roi) for row in rows for roi, each in row)
    made = assemble(measured, ct, rois, found, denoised, _one_factor(scales))
    return replace(made, replay=replay_facts(volumes, options))


def _of_one_space(measured: Volume, ct: Volume | None) -> list[Volume]:
    """Return the volumes an ROI is measured on: a CT only where it is known to share the frame of reference."""
    frame = measured.geometry.frame_of_reference_uid
    shared = ct is not None and frame and ct.geometry.frame_of_reference_uid == frame
    return [measured, ct] if ct is not None and shared and ct is not measured else [measured]


def replayable(measurement: Measurement, roi: Roi) -> Measurement:
    """Return the measurement with the definition of its ROI, from which it can be measured again."""
    return replace(measurement, definition=rois_to_json([roi])["rois"][0])


def _one_factor(scales: Scales) -> float | None:
    """Return the factor to Bq/mL where all slices share one, so that a picture has one legend; else None."""
    factors = scales.activity.per_slice if scales.activity else None
    return (
        float(factors[0])
        if factors is not None and (abs(factors - factors[0]) <= 1e-6 * factors[0]).all()
        else None
    )

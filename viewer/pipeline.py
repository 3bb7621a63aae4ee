"""The whole product, top to bottom: files → index → volume → denoise → ROI → measurement → report.

The window, the command line and the tests call these functions; newcomers start reading here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from viewer.core.denoised import DenoiseResult
from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.progress import Progress, silent
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.core.volume import Volume
from viewer.denoise.engine import denoise
from viewer.dicom.export import write_derived_series
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan
from viewer.quantify.activity import ActivityScale, activity_scale
from viewer.quantify.measure import measure_region
from viewer.quantify.suv import SuvScale, suv_bw_scale
from viewer.report.assemble import assemble
from viewer.report.model import Report
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Roi


@dataclass(frozen=True)
class MeasureOptions:
    """How activity is to be read: the nuclide the scanner was told, the true one, and the reference time."""

    acquired_as: str | None = None
    nuclide: str | None = None
    reference: str | datetime = "scan"


@dataclass(frozen=True, eq=False)
class Scales:
    """Factors from the numbers of a PET volume to Bq/mL and SUV, or the reasons why there are none."""

    activity: ActivityScale | None = None
    suv: SuvScale | None = None
    reasons: tuple[str, ...] = ()


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


def open_study(paths: Sequence[Path], progress: Progress = silent) -> StudyIndex:
    """Index folders, files and ZIPs from their headers."""
    return scan(paths, progress)


def load(info: SeriesInfo, progress: Progress = silent, **options: Any) -> Volume:
    """Load one series of the index as a volume in patient space."""
    return load_series(info, progress, **options)


def denoise_volume(volume: Volume, progress: Progress = silent, **options: Any) -> DenoiseResult:
    """Denoise an MR volume; ``options``: ``model``, ``sigma``, ``strength``."""
    return denoise(volume, progress=progress, **options)


def scales_for(volume: Volume, options: MeasureOptions) -> Scales:
    """Work out, once per volume and options, how its numbers become Bq/mL and SUVbw."""
    acquisition = volume.acquisition
    if acquisition is None:
        return Scales()
    attempt = _Attempts()
    wanted = {"acquired_as": options.acquired_as, "nuclide": options.nuclide}
    activity = attempt("Activity", activity_scale, acquisition, reference=options.reference, **wanted)
    suv = attempt("SUV", suv_bw_scale, acquisition, **wanted)
    return Scales(activity, suv, tuple(attempt.reasons))


def measure_roi(volume: Volume, roi: Roi, scales: Scales) -> Measurement:
    """Measure one ROI on the native voxels of ``volume``."""
    region = rasterize(roi.shape, volume.geometry, volume.magnitude())
    return measure_region(
        roi.name, volume, region.offset, region.mask, scale=scales.activity, suv=scales.suv, reasons=scales.reasons
    )


def measure_rois(
    volume: Volume, rois: Iterable[Roi], options: MeasureOptions = MeasureOptions()
) -> tuple[Measurement, ...]:
    """Measure every ROI; the same numbers for window, command line and report."""
    scales = scales_for(volume, options)
    return tuple(measure_roi(volume, roi, scales) for roi in rois)


def export_denoised(result: DenoiseResult, source: SeriesInfo, folder: Path) -> list[Path]:
    """Write a denoised volume as a derived DICOM series into a new ``folder``; the original stays untouched."""
    model = result.model
    derivation = (
        f"Denoised by Lowfield with {model.name} {model.version} (SHA-256 {model.sha256}), "
        f"sigma {result.noise.sigma:.6g} ({result.noise.source}), strength {result.strength:.2f}"
    )
    description = f"{result.source.origin.series_description} DENOISED".strip()
    return write_derived_series(result.volume, source, folder, description=description, derivation=derivation)


def make_report(
    measured: Volume | None,
    ct: Volume | None,
    rois: Sequence[Roi],
    options: MeasureOptions = MeasureOptions(),
    denoised: DenoiseResult | None = None,
) -> Report:
    """Measure the ROIs and gather everything into one report."""
    if measured is None:
        return assemble(None, None, (), (), denoised)
    scales = scales_for(measured, options)
    found = tuple(measure_roi(measured, roi, scales) for roi in rois)
    return assemble(measured, ct, rois, found, denoised, _one_factor(scales))


def _one_factor(scales: Scales) -> float | None:
    """Return the factor to Bq/mL where all slices share one, so that a picture has one legend; else None."""
    factors = scales.activity.per_slice if scales.activity else None
    return (
        float(factors[0])
        if factors is not None and (abs(factors - factors[0]) <= 1e-6 * factors[0]).all()
        else None
    )

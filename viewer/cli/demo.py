"""``lowfield demo``: a simulated study with known truth, and everything Lowfield makes of it, left in a folder."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from viewer.cli import output
from viewer.cli.choose import choose_series, is_mr, is_pet
from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.progress import Progress
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.demo import DemoStudy, default_folder, make_demo
from viewer.pipeline import (
    MeasureOptions,
    denoise_volume,
    export_denoised,
    load,
    make_report,
    measure_rois,
    open_study,
)
from viewer.report.csv import write_csv
from viewer.report.json import write_json
from viewer.report.model import Report
from viewer.report.pdf import write_pdf
from viewer.roi.io import rois_from_json
from viewer.roi.shapes import Roi

Screenshots = Callable[[Sequence[Path], Sequence[Roi], Path], Sequence[Path]]
"""``(study folders, ROIs, folder for pictures)`` → pictures of both workspaces."""
TWIN = MeasureOptions("F-18", "Tb-149")


def prepare(out: Path | None) -> list[Path]:
    """Make the demo study (in ``out``, or in the user's folder) and return what to open."""
    study = make_demo(out / "study" if out else default_folder(), _tell())
    return [study.mri_folder, study.petct_folder]


def run_headless(out: Path | None, screenshots: Screenshots) -> None:
    """Denoise, measure, compare with the truth, report and take pictures; all of it lands in ``out``."""
    if out is None:
        raise LowfieldError("--headless needs a folder for the results.", hint="Add --out DIR.")
    if out.exists() and not out.is_dir():
        raise LowfieldError("is not a folder.", where=out, hint="Name a new folder.")
    study = make_demo(out / "study", _tell())
    rois = rois_from_json(study.rois_path)
    _denoise(study, out)
    _measure(study, rois, out)
    output.say("taking screenshots")
    pictures = screenshots([study.mri_folder, study.petct_folder], rois, out / "screenshots")
    print(f"{len(pictures)} screenshots, reports, measurements and the denoised series are in {out}")


def _denoise(study: DemoStudy, out: Path) -> None:
    index = open_study([study.mri_folder])
    info = choose_series(index, _named(index, "T2").key, is_mr, "T2 series")
    result = denoise_volume(load(info))
    if not (out / "denoised").exists():
        export_denoised(result, info, out / "denoised")
    _write(make_report(None, None, (), denoised=result), out / "report-mri")
    print(f"MRI: sigma {result.noise.sigma:.4g} ({result.noise.source}), {result.residual.verdict}")


def _measure(study: DemoStudy, rois: Sequence[Roi], out: Path) -> None:
    index = open_study([study.petct_folder])
    pets = sorted((each for each in index.series() if is_pet(each)), key=lambda each: int(each.number))
    ct = next(each for each in index.series() if each.modality == "CT")
    pet, twin = (load(each) for each in pets)
    made = make_report(pet, load(ct), rois)
    _write(made, out / "report-petct")
    rescaled = measure_rois(twin, rois, TWIN)
    write_csv(rescaled, out / "twin-rescaled.csv")
    facts = json.loads(study.truth_path.read_text(encoding="utf-8"))["phantom"]["expected"]
    on_pet = [each for each in made.measurements if each.series_uid == pet.origin.series_uid]
    rows = [_compare(*each) for each in zip(on_pet, rescaled, facts, strict=True)]
    (out / "agreement.json").write_text(json.dumps(rows, indent=2), encoding="utf-8")
    _print_agreement(rows)


def _write(report: Report, stem: Path) -> None:
    write_pdf(report, stem.with_suffix(".pdf"))
    write_json(report, stem.with_suffix(".json"))
    if report.measurements:
        write_csv(report.measurements, stem.with_suffix(".csv"))


def _compare(measured: Measurement, twin: Measurement, fact: dict[str, Any]) -> dict[str, Any]:
    """One ROI: its mean, the truth after blur, and the mean of the rescaled twin, Bq/mL."""
    if measured.activity is None or twin.activity is None:
        raise LowfieldError(
            "The demo could not be measured.", where=measured.name, hint="Run `lowfield selfcheck`."
        )
    mean, blurred = measured.activity.mean, fact["blurred_mean_bq_ml"]
    return {
        "name": measured.name,
        "mean_bq_ml": mean,
        "true_bq_ml": fact["true_bq_ml"],
        "true_after_blur_bq_ml": blurred,
        "deviation_from_blurred_truth_percent": 100 * (mean / blurred - 1) if fact["true_bq_ml"] else None,
        "twin_rescaled_mean_bq_ml": twin.activity.mean,
        "twin_deviation_percent": 100 * (twin.activity.mean / mean - 1) if fact["true_bq_ml"] else None,
    }


def _print_agreement(rows: Sequence[dict[str, Any]]) -> None:
    print("PET (kBq/mL)           mean  truth after blur   deviation   18F twin rescaled   deviation")
    for row in rows:
        values = (row["mean_bq_ml"], row["true_after_blur_bq_ml"], row["twin_rescaled_mean_bq_ml"])
        mean, blurred, twin = (f"{value / 1e3:9.3f}" for value in values)
        own, other = (
            _percent(row[f"{key}_percent"]) for key in ("deviation_from_blurred_truth", "twin_deviation")
        )
        print(f"{row['name']:<18}{mean}  {blurred:>16}  {own:>10}  {twin:>18}  {other:>10}")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f} %"


def _named(index: StudyIndex, word: str) -> SeriesInfo:
    return next(each for each in index.series() if word in each.description)


def _tell() -> Progress:
    """Return a progress that says each new step once on stderr."""
    said = set[str]()

    def tell(fraction: float, text: str) -> None:
        if text not in said:
            said.add(text)
            output.say(f"{fraction:4.0%} {text}")

    return tell

"""``lowfield phantom``: find the NEMA IEC phantom, measure it, and write what it says about the scanner."""

import argparse
from dataclasses import replace
from pathlib import Path

from viewer.cli import choose, output
from viewer.cli.report import ct_beneath
from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.phantom import PhantomResult, SphereResult, TrueFill
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.phantom import analyse_phantom, phantom_report
from viewer.pipeline import load
from viewer.quantify.phantom import rc_table
from viewer.quantify.recovery_tables import write_table
from viewer.report.pdf import write_pdf
from viewer.report.phantom import calibration_text, phantom_document, verdict_text

BQ_PER_KBQ = 1e3


def phantom(words: argparse.Namespace) -> None:
    """Run the command."""
    if bool(words.acquired_as) != bool(words.nuclide):
        raise LowfieldError("--acquired-as and --nuclide go together: what the scanner was told, and what it is.")
    fill = TrueFill(_bq(words.spheres_kbq_ml), _bq(words.background_kbq_ml), words.at)
    index = choose.open_index(words.study)
    info = choose.choose_series(index, words.pet, choose.is_pet, "PET series", "--pet")
    if not choose.is_pet(info):
        raise LowfieldError(f"The series {info.series_uid} is {info.modality or 'of no modality'}, not PET.")
    ct_info = _ct(index, info, words.ct)
    pet, ct = load(info), load(ct_info) if ct_info else None
    options = MeasureOptions(words.acquired_as, words.nuclide)
    result = analyse_phantom(pet, ct, options, fill, words.voi)
    if words.table:
        write_own_table(result, words.table)
    if words.pdf:
        made = phantom_report(pet, ct, result, options)
        write_pdf(replace(made, study=replace(made.study, source=str(words.study))), words.pdf)
    if words.json:
        output.print_json(phantom_document(result))
        return
    print_phantom(result)


def write_own_table(result: PhantomResult, path: Path) -> None:
    """Write the site's own recovery table; refused where there are too few coefficients."""
    table = rc_table(result, f"own: {result.series_description or result.series_uid}", _source(result))
    if len(table.points) < 4:
        raise LowfieldError(
            f"{len(table.points)} recovery coefficients are too few for a table.",
            hint="Give --spheres-kbq-ml and --at, and a scan whose spheres stand out.",
        )
    write_table(table, path)


def print_phantom(result: PhantomResult) -> None:
    """Print one line a sphere, then the rest; warnings go to stderr."""
    print(f"found on {result.pose.image}: spheres {result.pose.residual_mm:.2f} mm (RMS) off the ring; "
          f"VOI {result.convention_text}")  # fmt: skip
    for sphere in result.spheres:
        print(f"{sphere.diameter_mm:>4g} mm  {_numbers(sphere, result)}")
    rest = {
        "CoV %": result.cov_percent,
        "lung residual %": result.lung_residual_percent,
    }
    print("  ".join(f"{name} {value:.2f}" for name, value in rest.items() if value is not None))
    if result.calibration is not None:
        print(f"calibration {calibration_text(result)}")
    for text in result.warnings:
        output.say(f"warning: {text}")


def _numbers(sphere: SphereResult, result: PhantomResult) -> str:
    if sphere.mean is None:
        return sphere.reason
    share = "ratio" if result.relative else "rc"
    parts = [
        f"{label} {value:.3f}"
        for label, name in (("mean", "mean"), ("max", "max"), ("peak", "peak"))
        if (value := getattr(sphere, f"{share}_{name}")) is not None
    ]
    head = "to background" if result.relative else "RC"
    more = [
        f"{label} {value:.1f} %"
        for label, value in (
            ("Q_H", sphere.contrast_recovery_percent),
            ("N_j", sphere.background_variability_percent),
        )
        if value is not None
    ]
    verdicts = [
        f"{each.standard} {each.quantity} {verdict_text(each)}" for each in sphere.verdicts if not result.relative
    ]
    return "  ".join([head, *parts, *more, *verdicts])


def _ct(index: StudyIndex, pet: SeriesInfo, uid: str | None) -> SeriesInfo | None:
    if uid is None:
        return ct_beneath(index, pet)
    return choose.choose_series(index, uid, lambda series: series.modality == "CT", "CT series", "--ct")


def _bq(value: float | None) -> float | None:
    return None if value is None else value * BQ_PER_KBQ


def _source(result: PhantomResult) -> str:
    at = result.reference_time.isoformat(sep=" ", timespec="minutes") if result.reference_time else "unknown time"
    return f"Lowfield phantom tool, series {result.series_uid}, {at}, uncertainty RC x N_j"

"""``lowfield dose``: several PET scans of one patient → activity over time → absorbed dose."""

import argparse
from functools import lru_cache
from pathlib import Path

from viewer.cli import choose, output
from viewer.core.dose import DoseMap, Verification
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.formats.nifti import write_nifti
from viewer.pipeline import load
from viewer.report.dose import verification_document
from viewer.report.dose_csv import write_dose_csv
from viewer.report.dose_report import dose_report
from viewer.report.dose_tables import dose_tables
from viewer.report.pdf import write_pdf
from viewer.therapy.options import DoseOptions
from viewer.therapy.verify import verify
from viewer.therapy.visits import find_visits

MAPS = ("dose-gy.nii.gz", "dose-gy-rbe.nii.gz")
BQ_PER_MBQ = 1e6


def dose(words: argparse.Namespace) -> None:
    """``lowfield dose``."""
    options, read = options_of(words), lru_cache(maxsize=2)(lambda info: load(info))
    if words.map:
        _check_new(words.map)
    index = choose.open_indexes(words.study)
    visits, left_out = find_visits(index, options, read)
    first = read(visits[0].pet)
    rois = choose.read_rois(words.rois, first)
    found = verify(visits, rois, options, read, with_map=bool(words.map), progress=_tell())
    if words.map and found.map:
        _write_maps(found.map, words.map)
    if words.csv:
        write_dose_csv(found, words.csv)
    if words.pdf:
        ct = read(visits[0].ct) if visits[0].ct else None
        write_pdf(dose_report(found, first, ct, rois, [visit.pet for visit in visits]), words.pdf)
    _print(found, words, left_out)


def options_of(words: argparse.Namespace) -> DoseOptions:
    """Return what the user decided."""
    if words.acquired_as and not words.nuclide:
        raise LowfieldError("--acquired-as needs --nuclide: what it really is.")
    percent = words.calibration_uncertainty_percent
    if not words.between_scans_percent > 0:
        raise LowfieldError("--between-scans-percent must be above 0.")
    if words.injected_mbq is not None and not words.injected_mbq > 0:
        raise LowfieldError("--injected-mbq must be above 0.")
    return DoseOptions(
        acquired_as=words.acquired_as,
        nuclide=words.nuclide,
        rbe=words.rbe,
        model=words.model,
        uptake=words.uptake,
        tail=words.tail,
        density=words.density,
        between_scans=words.between_scans_percent / 100,
        calibration_uncertainty=None if percent is None else percent / 100,
        background=words.background,
        organs=tuple(words.organ),
        injected_bq=None if words.injected_mbq is None else BQ_PER_MBQ * words.injected_mbq,
        injection_time=words.injected_at,
        series=tuple(words.series),
        first=words.first,
    )


def _check_new(folder: Path) -> None:
    if folder.is_file() or any((folder / name).exists() for name in MAPS):
        raise LowfieldError("holds a dose map already, or is a file.", where=folder, hint="Name a new folder.")


def _write_maps(made: DoseMap, folder: Path) -> None:
    for volume, name in zip((made.gray, made.weighted), MAPS, strict=True):
        write_nifti(volume, folder / name)


def _print(found: Verification, words: argparse.Namespace, left_out: tuple[str, ...]) -> None:
    if words.json:
        document = verification_document(found)
        document["warnings"] += [*left_out]
        output.print_json({**document, "dose_map_files": _map_files(words), "pdf": str(words.pdf or "") or None})
        return
    for table in dose_tables(found):
        if table.rows:
            print("\n".join(filter(None, (table.title, table.note))))
            for row in (table.header, *table.rows):
                print("  " + "   ".join(f"{cell:<16}" for cell in row).rstrip())
            print()
    print("\n".join(found.excluded))
    for text in (*left_out, *found.all_warnings()):
        output.say(f"warning: {text}")


def _map_files(words: argparse.Namespace) -> list[str]:
    return [str(words.map / name) for name in MAPS] if words.map else []


def _tell() -> Progress:
    said: set[str] = set()

    def tell(fraction: float, text: str) -> None:
        if text not in said:
            said.add(text)
            output.say(text)

    return tell

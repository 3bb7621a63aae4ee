"""The files of a verification of therapy: report, table, document and dose maps; each all or nothing."""

import json
from pathlib import Path

from viewer.core.errors import LowfieldError
from viewer.core.files import write_file
from viewer.core.progress import Progress
from viewer.formats.nifti import write_nifti
from viewer.report.dose import verification_document
from viewer.report.dose_csv import write_dose_csv
from viewer.report.dose_report import dose_report
from viewer.session.therapy_run import TherapyResult

SUFFIXES = (".pdf", ".csv", ".json")
MAPS = ("dose-gy.nii.gz", "dose-gy-rbe.nii.gz")


def write_therapy(result: TherapyResult, path: Path, progress: Progress) -> list[Path]:
    """Write PDF, and CSV and JSON beside it; refuses to replace a CSV or JSON that belongs to another report."""
    from viewer.report.pdf import write_pdf  # the typesetter; the window shows before anybody asks for it

    written = [path.with_suffix(suffix) for suffix in SUFFIXES]
    foreign = [] if path.exists() else [each for each in written[1:] if each.exists()]
    if foreign:  # the user agreed to replace the PDF at most
        raise LowfieldError("exists already.", where=foreign[0], hint="Choose another name for the report.")
    progress(0.0, "Laying out the report")
    made = dose_report(result.verification, result.first, result.ct, result.request.rois, result.scans)
    progress(0.5, "Writing the report")
    write_pdf(made, written[0])
    write_dose_csv(result.verification, written[1])
    document = verification_document(result.verification)
    document["warnings"] += list(result.notes)
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    write_file(written[2], f"{text}\n".encode())
    return written


def write_maps(result: TherapyResult, folder: Path) -> list[Path]:
    """Write both dose maps into a folder that holds none yet."""
    made = result.verification.map
    if made is None:
        raise LowfieldError("There is no dose map.", hint="Verify again.")
    paths = [folder / name for name in MAPS]
    for path in paths:
        if path.exists():
            raise LowfieldError("holds a dose map already.", where=folder, hint="Choose a new folder.")
    for volume, path in zip((made.gray, made.weighted), paths, strict=True):
        write_nifti(volume, path)
    return paths

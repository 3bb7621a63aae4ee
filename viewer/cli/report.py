"""``lowfield report``: measure, picture, and write PDF, CSV and JSON."""

import argparse
from dataclasses import replace
from pathlib import Path

from viewer.cli import choose, commands, output
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.phantom import with_recovery
from viewer.pipeline import load, make_report
from viewer.report.csv import write_csv
from viewer.report.json import report_document
from viewer.report.pdf import write_pdf


def report(words: argparse.Namespace) -> None:
    """Write the report of one study."""
    index = choose.open_index(words.study)
    info = choose.choose_measurable(index, words.series)
    volume = load(info)
    rois = choose.read_rois(words.rois, volume)
    ct = ct_beneath(index, info)
    made = make_report(volume, load(ct) if ct else None, rois, commands.options_of(words))
    recovered = with_recovery(made.measurements, words.recovery)
    made = replace(made, measurements=recovered, replay={**made.replay, "recovery": words.recovery})
    write_pdf(made, words.pdf)
    if words.csv:
        write_csv(made.measurements, words.csv)
    if words.json:
        output.print_json({"pdf": str(words.pdf), **report_document(made)})
    else:
        print(f"written to {Path(words.pdf)}")


def ct_beneath(index: StudyIndex, pet: SeriesInfo) -> SeriesInfo | None:
    """Return the largest CT in the PET's frame of reference, or None: nothing is fused across frames."""
    frame = pet.frame_of_reference_uid
    fitting = [
        series
        for series in index.series()
        if series.modality == "CT" and series.viewable and frame and series.frame_of_reference_uid == frame
    ]
    return max(fitting, key=lambda series: series.shape[0], default=None) if pet.modality == "PT" else None

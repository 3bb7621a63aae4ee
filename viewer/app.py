"""Composition root: the one place where command line, window and rooms meet."""

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from viewer import pipeline
from viewer.cli import parser
from viewer.cli.output import say
from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.phantom import with_recovery
from viewer.report.csv import write_csv
from viewer.report.json import write_json
from viewer.roi.shapes import Roi
from viewer.session.functions import Functions, ReportRequest, options_of
from viewer.session.state import MeasureChoice
from viewer.ui.crash import record


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command or the window. Exit code 0 only on success, 1 for what the user can mend, 2 for a bug."""
    _quieten_libraries()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except LowfieldError as error:
        say(f"lowfield: {error}")
        return 1
    except (KeyboardInterrupt, Cancelled):
        say("lowfield: stopped")
        return 130
    except Exception as error:
        say(f"lowfield: internal error ({type(error).__name__}); details in {record(error)}")
        return 2


def _run(arguments: Sequence[str]) -> int:
    words = parser.parse(arguments)
    if words.command == "open":
        return _window(words.paths)
    if words.command == "demo" and not words.headless:
        from viewer.cli import demo  # the simulation; no other command needs it

        return _window(demo.prepare(words.out))
    if words.command == "demo":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from viewer.cli import demo
        from viewer.ui.screenshots import save_screenshots  # Qt takes half a second; the others do without

        demo.run_headless(words.out, lambda *wanted: save_screenshots(window_functions(), *wanted))
        return 0
    _handler(words.command)(words)
    return 0


def _handler(command: str) -> Callable[[argparse.Namespace], None]:
    # Here, not above: the window needs none of them, and waits for every import.
    from viewer.cli import commands, dose, phantom, replay, report, selfcheck

    return {
        "index": commands.index,
        "denoise": commands.denoise,
        "measure": commands.measure,
        "dose": dose.dose,
        "phantom": phantom.phantom,
        "models": commands.models,
        "replay": replay.replay,
        "report": report.report,
        "selfcheck": selfcheck.selfcheck,
    }[command]


def _window(paths: Sequence[Path]) -> int:
    for path in paths:
        if not path.exists():
            raise LowfieldError("does not exist.", where=path, hint="Check the path.")
    if sys.platform.startswith("linux") and not _has_display():
        hint = "Use a desktop session, or `lowfield demo --headless --out DIR` for results without a window."
        raise LowfieldError("There is no display to open a window on.", hint=hint)
    from viewer.ui.start import run_window

    return run_window(window_functions(), paths)


def _has_display() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def window_functions() -> Functions:
    """Return the pipeline as the session calls it."""
    return Functions(
        open_study=pipeline.open_study,
        load=lambda info, progress, on_slice: pipeline.load(info, progress, on_slice=on_slice),
        load_slice=pipeline.load_picture,
        denoise=lambda volume, choice, progress: pipeline.denoise_volume(
            volume, progress, model=choice.model, sigma=choice.sigma, strength=choice.strength
        ),
        measure=measure_rows,
        demo=demo_paths,
        write_report=write_report,
        export_denoised=pipeline.export_denoised,
    )


def measure_rows(
    volumes: Sequence[Volume], rois: Sequence[Roi], choice: MeasureChoice, details: bool
) -> Sequence[Sequence[Measurement]]:
    """Measure ROIs on an image and the CT beneath it, as the user reads activity."""
    first, *others = volumes
    rows = pipeline.measure_rows(first, next(iter(others), None), rois, options_of(choice), details=details)
    table = choice.recovery or None
    return [(*with_recovery(row[:1], table), *row[1:]) for row in rows]


def demo_paths(progress: Progress) -> Sequence[Path]:
    """Make the demo study if need be; return what to open."""
    from viewer import demo  # the simulation; the window shows before anybody asks for it

    made = demo.make_demo(demo.default_folder(), progress)
    return [made.mri_folder, made.petct_folder]


def write_report(request: ReportRequest, path: Path, progress: Progress) -> Sequence[Path]:
    """Write PDF, and CSV and JSON beside it; a number that changed since drawing is measured again."""
    from viewer.report.pdf import write_pdf  # the typesetter; the window shows before anybody asks for it

    written = [path.with_suffix(suffix) for suffix in (".pdf", ".csv", ".json")]
    foreign = [] if path.exists() else [each for each in written[1:] if each.exists()]
    if foreign:  # the user agreed to replace the PDF at most
        raise LowfieldError("exists already.", where=foreign[0], hint="Choose another name for the report.")
    progress(0.0, "Measuring")
    measured = request.volumes.get("pet") or request.volumes.get("ct") or request.volumes.get("mri")
    if request.state.rois and request.state.assigned.get("pet") and "pet" not in request.volumes:
        raise LowfieldError("The PET is still loading.", hint="Export the report when it is on the screen.")
    ct = request.volumes.get("ct") if "pet" in request.volumes else None
    rois = request.state.rois
    made = pipeline.make_report(
        measured if rois else None, ct, rois, options_of(request.state.measure), request.denoised
    )
    recovery = request.state.measure.recovery or None
    made = replace(made, measurements=with_recovery(made.measurements, recovery))
    if not made.measurements and not made.denoising:
        raise LowfieldError("There is nothing to report yet.", hint="Draw an ROI or denoise a series first.")
    progress(0.6, "Writing")
    write_pdf(made, written[0])
    write_csv(made.measurements, written[1])
    write_json(made, written[2])
    return written


def _quieten_libraries() -> None:
    # pydicom quotes offending values, which may be patient data; our own checks report by file and tag.
    warnings.filterwarnings("ignore", module=r"pydicom(\..*)?")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)

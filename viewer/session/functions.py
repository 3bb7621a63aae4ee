"""What the workflow needs done, as plain functions: the pipeline's in the program, fakes in tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult
from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.progress import Progress
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.core.volume import Volume
from viewer.pipeline import MeasureOptions
from viewer.roi.shapes import Roi
from viewer.session.state import DenoiseChoice, MeasureChoice, StudyState

OnSlice = Callable[[int, NDArray[Any]], None]


@dataclass(frozen=True, eq=False)
class ReportRequest:
    """Everything a report is made of, frozen at the moment the user asked for it."""

    state: StudyState
    volumes: dict[str, Volume]
    """Role → image."""
    denoised: DenoiseResult | None


class Load(Protocol):
    """``load(info, progress, on_slice)``: slices are told of as they arrive."""

    def __call__(self, info: SeriesInfo, progress: Progress, on_slice: OnSlice) -> Volume: ...  # noqa: D102


@dataclass(frozen=True)
class Functions:
    """The verbs below the session. All run on worker threads; all may raise `LowfieldError` and `Cancelled`."""

    open_study: Callable[[Sequence[Path], Progress], StudyIndex]
    load: Load
    load_slice: Callable[[SeriesInfo, int], NDArray[Any]]
    denoise: Callable[[Volume, DenoiseChoice, Progress], DenoiseResult]
    measure: Callable[[Sequence[Volume], Sequence[Roi], MeasureChoice, bool], Sequence[Sequence[Measurement]]]
    """(image and the CT beneath it, ROIs, choice, with details) → a row of measurements an ROI."""
    demo: Callable[[Progress], Sequence[Path]]
    """Make (or find) the demo study; returns what to open."""
    write_report: Callable[[ReportRequest, Path, Progress], Sequence[Path]]
    export_denoised: Callable[[DenoiseResult, SeriesInfo, Path], Sequence[Path]]


def options_of(choice: MeasureChoice) -> MeasureOptions:
    """Return the pipeline's options for a choice of the session; LowfieldError for a time that is none."""
    reference: str | datetime = choice.reference
    if choice.reference not in ("scan", "injection"):
        try:
            reference = datetime.fromisoformat(choice.reference)
        except ValueError as error:
            raise LowfieldError(
                f"{choice.reference!r} is no time.", hint="Write it as 2026-05-04 10:15."
            ) from error
    return MeasureOptions(choice.acquired_as, choice.nuclide, reference, choice.corrections)

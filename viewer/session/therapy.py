"""Verification of a therapy in the window: scans and choices, the job, its result, and its files.

The numbers are those of `viewer.therapy`; nothing is computed here. Choices belong to one study and stay with it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from psygnal import Signal

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.study import SeriesInfo
from viewer.jobs.runner import Job
from viewer.pipeline import load as pipeline_load
from viewer.session.session import Session
from viewer.session.therapy_files import write_maps, write_therapy
from viewer.session.therapy_run import LoadWith, Request, TherapyResult, follow
from viewer.session.workflow import Workflow
from viewer.therapy.options import DoseOptions

TITLE, WRITING, MAPPING = "Verifying the therapy", "Writing the therapy report", "Writing the dose maps"
NO_PET = "Open a PET of the patient first: the ROIs lie on it."
LOADING = "The PET is still loading."
NO_ROI = "Draw an ROI on the PET first: it is followed through all scans."
ONE_SCAN = (
    "One time point tells no course. Open the patient's other PET scans (File, Open folder); "
    "two or more are needed."
)
FEW_TICKED = "Tick two or more time points."


@dataclass
class _Choices:
    options: DoseOptions = field(default_factory=DoseOptions)
    unticked: frozenset[str] = frozenset()


class Therapy:
    """What the page of the therapy shows and asks for. Its signals fire on the thread of the window."""

    changed = Signal()
    """The scans, the choices, the result or what went wrong is another."""
    written = Signal(object)
    """(paths)"""

    def __init__(self, session: Session, workflow: Workflow, load: LoadWith = pipeline_load) -> None:
        self._session, self._workflow, self._load = session, workflow, load
        self._choices: dict[str, _Choices] = {}
        self._result: TherapyResult | None = None
        self._failures: dict[str, LowfieldError] = {}
        for signal in (session.index_changed, session.study_changed, session.series_assigned):
            signal.connect(self._tell)
        for signal in (session.volume_loaded, session.rois_changed):
            signal.connect(self._tell)
        session.view_changed.connect(lambda what: self.changed.emit() if what == "measure" else None)

    # -- what there is -------------------------------------------------------------------------------

    @property
    def scans(self) -> tuple[SeriesInfo, ...]:
        """The PET series of the patient, by date and then by name with its numbers in order."""
        patient = self._session.patient
        found = [(study.date, one) for study in (patient.studies if patient else ()) for one in study.series]
        pets = [(date, one) for date, one in found if one.modality == "PT" and one.viewable]
        return tuple(one for _, one in sorted(pets, key=lambda pair: (pair[0], _natural(pair[1].description))))

    def ticked(self, key: str) -> bool:
        """Whether a scan shall be used; the one that the ROIs lie on always is."""
        return key not in self._here.unticked or key == self._session.key("pet")

    @property
    def options(self) -> DoseOptions:
        """What was chosen for the study that is open."""
        return self._here.options

    @property
    def roi_names(self) -> tuple[str, ...]:
        """The ROIs that will be followed."""
        return tuple(roi.name for roi in self._session.rois)

    @property
    def obstacle(self) -> str:
        """Why nothing can be verified now; empty where it can be."""
        if not self._session.key("pet"):
            return NO_PET
        if len(self.scans) < 2:
            return ONE_SCAN
        if self._session.volume("pet") is None:
            return LOADING
        if not self._session.rois:
            return NO_ROI
        return FEW_TICKED if len(self._wanted) < 2 else ""

    @property
    def result(self) -> TherapyResult | None:
        """What was found for the study that is open."""
        found = self._result
        return found if found is not None and found.request.study_uid == self._session.study_uid else None

    @property
    def failure(self) -> LowfieldError | None:
        """Why the last attempt for this study gave nothing."""
        return self._failures.get(self._session.study_uid)

    @property
    def stale(self) -> bool:
        """Whether ROIs, scans or choices are other ones than the result on show was worked out with."""
        shown = self.result
        if shown is None:
            return False
        rois, now = shown.request.rois, self._session.rois
        same = len(rois) == len(now) and all(a is b for a, b in zip(rois, now, strict=True))
        return not (same and shown.request.options == self._resolved and shown.request.measure == self._measure)

    @property
    def job(self) -> Job[Any] | None:
        """The verification under way, or None."""
        jobs = [job for job in self._workflow.runner.jobs if job.title == TITLE and not job.cancelled]
        return jobs[-1] if jobs else None

    # -- what can be asked for -----------------------------------------------------------------------

    def choose(self, **changes: Any) -> None:
        """Change fields of `DoseOptions` for the study that is open."""
        here = self._here
        options = replace(here.options, **changes)
        if options != here.options:
            here.options = options
            self.changed.emit()

    def tick(self, key: str, wanted: bool) -> None:
        """Use a scan or leave it out."""
        here = self._here
        here.unticked = here.unticked - {key} if wanted else here.unticked | {key}
        self.changed.emit()

    def verify(self) -> None:
        """Work it out in the background; a newer call replaces one under way."""
        session, patient = self._session, self._session.patient
        if self.obstacle or patient is None:
            return
        loaded = {one.key: session.loaded(one.key) for study in patient.studies for one in study.series}
        known = {key: volume for key, volume in loaded.items() if volume is not None}
        request = Request(session.study_uid, patient, session.rois, self._resolved, self._measure)
        self._failures.pop(session.study_uid, None)
        self._submit(
            lambda progress: follow(request, known, self._load, progress), self._found, TITLE, request.study_uid
        )
        self.changed.emit()

    def export(self, path: Path) -> None:
        """Write PDF, CSV and JSON of the result on show."""
        self._write(lambda result, progress: write_therapy(result, path, progress), WRITING)

    def export_maps(self, folder: Path) -> None:
        """Write the dose maps of the result on show as NIfTI."""
        self._write(lambda result, progress: write_maps(result, folder), MAPPING)

    # -- inside --------------------------------------------------------------------------------------

    @property
    def _here(self) -> _Choices:
        return self._choices.setdefault(self._session.study_uid, _Choices())

    @property
    def _wanted(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.scans if self.ticked(one.key))

    @property
    def _measure(self) -> Any:
        return self._session.state.measure

    @property
    def _resolved(self) -> DoseOptions:
        """The choices, with ROIs that are gone left out of them."""
        options, names = self.options, self.roi_names
        return replace(
            options,
            series=self._wanted,
            first=self._session.key("pet"),
            background=options.background if options.background in names else "",
            organs=tuple(name for name in options.organs if name in names),
        )

    def _found(self, result: TherapyResult) -> None:
        self._result = result
        self.changed.emit()

    def _write(self, work: Callable[[TherapyResult, Progress], Any], title: str) -> None:
        result = self.result
        if result is not None:
            self._failures.pop(result.request.study_uid, None)
            self._submit(
                lambda progress: work(result, progress), self.written.emit, title, result.request.study_uid
            )

    def _submit(
        self, work: Callable[[Progress], Any], done: Callable[[Any], object], title: str, study: str
    ) -> None:
        def failed(error: Exception) -> None:
            if isinstance(error, LowfieldError):
                self._failures[study] = error
            else:
                self._workflow.failed.emit(error, title)
            self.changed.emit()

        cancelled = self.changed.emit
        self._workflow.runner.submit(
            work, on_done=done, on_error=failed, on_cancelled=cancelled, slot=title, title=title
        )

    def _tell(self, *_: object) -> None:
        if self._session.index is None:
            self._result = None
            self._choices.clear()
            self._failures.clear()
        self.changed.emit()


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``3 h`` before ``10 h``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]

"""Keeps the numbers in step with the ROIs: measures what changed, in the background, on native voxels."""

from viewer.core.volume import Volume
from viewer.jobs.runner import Runner
from viewer.session.functions import Functions
from viewer.session.session import Session
from viewer.session.workflow import Workflow


class Measuring:
    """Measures every ROI that has no numbers yet. Its answers carry the very ROI they belong to."""

    def __init__(self, session: Session, runner: Runner, functions: Functions, workflow: Workflow) -> None:
        self._session = session
        self._runner = runner
        self._measure = functions.measure
        self._failed = workflow.failed
        session.rois_changed.connect(self.measure)
        session.volume_loaded.connect(lambda key: self.measure())
        session.series_assigned.connect(lambda role: self.measure())
        session.view_changed.connect(lambda what: self.measure() if what == "measure" else None)

    @property
    def source(self) -> Volume | None:
        """The image that is measured: PET where there is one, never its reslices; else CT, else MR."""
        found = (self._session.volume(role) for role in ("pet", "ct", "mri") if self._session.key(role))
        return next(found, None)

    def measure(self) -> None:
        """Measure the ROIs whose present shape has no numbers; a newer call replaces one under way."""
        volume, choice = self.source, self._session.state.measure
        todo = [roi for roi in self._session.rois if self._session.measurement(roi.id) is None]
        if volume is None or not todo:
            self._session.set_measurements({})
            return

        def done(found: object) -> None:
            self._session.set_measurements({roi.id: (roi, one) for roi, one in zip(todo, found)})  # type: ignore[call-overload]

        self._runner.submit(
            lambda progress: self._measure(volume, todo, choice),
            on_done=done,
            on_error=lambda error: self._failed.emit(error, "Measuring"),
            slot="measure",
        )

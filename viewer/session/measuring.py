"""Keeps the numbers in step with the ROIs: measures what changed, in the background, on native voxels."""

from collections.abc import Sequence

from viewer.core.measurement import Measurement
from viewer.core.volume import Volume
from viewer.jobs.runner import Runner
from viewer.roi.compound import Combined, Grown
from viewer.roi.shapes import Roi, Shape
from viewer.session.functions import Functions
from viewer.session.session import Session
from viewer.session.workflow import Workflow

NOT_OPEN = "This isocontour was grown in a series that is not open, so nobody knows which voxels it takes."


class Measuring:
    """Measures every ROI that has no numbers yet. Its answers carry the very ROI they belong to.

    During a drag only what keeps pace with it; histogram and uncertainty follow when it ends.
    """

    def __init__(self, session: Session, runner: Runner, functions: Functions, workflow: Workflow) -> None:
        self._session = session
        self._runner = runner
        self._measure = functions.measure
        self._failed = workflow.failed
        self._rough: set[str] = set()
        self._images: tuple[tuple[str, int], ...] = ()
        session.rois_changed.connect(self.measure)
        session.volume_loaded.connect(lambda key: self.measure())
        session.series_assigned.connect(lambda role: self.measure())
        session.view_changed.connect(lambda what: self.measure() if what == "measure" else None)
        session.history_changed.connect(lambda: self.measure() if self._rough else None)

    @property
    def source(self) -> Volume | None:
        """The image that is measured: PET where there is one, never its reslices; else CT, else MR."""
        found = (self._session.volume(role) for role in ("pet", "ct", "mri") if self._session.key(role))
        return next(found, None)

    @property
    def sources(self) -> list[Volume]:
        """The image that is measured, and the CT beneath a PET."""
        first, ct = self.source, self._session.volume("ct")
        return [volume for volume in (first, ct if ct is not first else None) if volume is not None]

    def measure(self) -> None:
        """Measure the ROIs whose present shape has no numbers; a newer call replaces one under way.

        When another image arrives, as the CT after its PET, all are measured again, so that no row stays short.
        """
        session, volumes, choice = self._session, self.sources, self._session.state.measure
        if self.source is None:
            session.set_measurements({})
            return
        images = tuple((volume.origin.series_uid, id(volume)) for volume in volumes)
        rough, others, self._images = session.in_gesture, images != self._images, images
        todo = [
            roi
            for roi in session.rois
            if others or session.measurement(roi.id) is None or (not rough and roi.id in self._rough)
        ]
        absent = [roi for roi in todo if grown_elsewhere(roi.shape, volumes)]
        session.set_measurements({roi.id: (roi, [_unknown(roi, volumes)]) for roi in absent})
        todo = [roi for roi in todo if not grown_elsewhere(roi.shape, volumes)]
        if not todo:
            return

        def done(found: object) -> None:
            ids = {roi.id for roi in todo}
            self._rough = self._rough | ids if rough else self._rough - ids
            session.set_measurements({roi.id: (roi, row) for roi, row in zip(todo, found)})  # type: ignore[call-overload]

        self._runner.submit(
            lambda progress: self._measure(volumes, todo, choice, not rough),
            on_done=done,
            on_error=lambda error: self._failed.emit(error, "Measuring"),
            slot="measure",
        )


def grown_elsewhere(shape: Shape, volumes: Sequence[Volume]) -> bool:
    """Whether an isocontour, or a part of what is combined, was grown in a series that is not among ``volumes``.

    Growing it anew in another image would give another place: a number that looks right and is not.
    """
    if isinstance(shape, Combined):
        return any(grown_elsewhere(part, volumes) for part in shape.parts)
    known = {volume.origin.series_uid for volume in volumes}
    return isinstance(shape, Grown) and bool(shape.series_uid) and shape.series_uid not in known


def _unknown(roi: Roi, volumes: Sequence[Volume]) -> Measurement:
    uid = volumes[0].origin.series_uid if volumes else ""
    return Measurement(roi.name, 0, 0.0, uid, roi_id=roi.id, warnings=(NOT_OPEN,))

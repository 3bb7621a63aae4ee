"""What the user asks for, as jobs: open, load, denoise, measure, export. Results land in the session.

Every job has a slot, so that asking again drops the older answer; every error becomes a message.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from psygnal import Signal

from viewer.core.denoised import DenoiseResult
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.jobs.runner import Job, Runner
from viewer.session.choice import first_study, fitting_role, opening
from viewer.session.functions import Functions, ReportRequest
from viewer.session.loading import Loading, warn
from viewer.session.session import Session
from viewer.session.state import ROLES

T = TypeVar("T")
NOTHING_FOUND = "Nothing that can be shown was found in"
UNREADABLE = "This object cannot be shown as an image."


class Workflow:
    """The long-running commands of the window."""

    failed = Signal(object, str)
    """(exception, what was being done): a `LowfieldError` to show, anything else is a bug to record."""
    opened = Signal(object)
    """(paths) held something to show, for the list of recent studies."""
    thumbnail_arrived = Signal(str, object)
    """(series key, slice (rows, columns))"""
    front = Signal(str)
    """(role): what the user asked to see, so that its workspace comes to the front."""
    exported = Signal(object)
    """(paths) have been written."""

    def __init__(self, session: Session, runner: Runner, functions: Functions) -> None:
        self.session = session
        self.runner = runner
        self._do = functions
        self._loading = Loading(session, runner, functions, self.failed.emit)

    def open_paths(self, paths: Sequence[Path], *, remember: bool = True) -> None:
        """Index folders, files and ZIPs, add them to what is open, and show the first study among them."""
        paths = tuple(paths)
        self._submit(
            lambda progress: self._do.open_study(paths, progress),
            lambda index: self._show(index, paths if remember else ()),
            title="Reading " + (paths[0].name if len(paths) == 1 else f"{len(paths)} items"),
            slot="open",
        )

    def open_demo(self) -> None:
        """Make the demo study if it is not there yet, and open it."""
        self._submit(
            self._do.demo,
            lambda paths: self.open_paths(paths, remember=False),
            title="Making the demo study",
            slot="open",
        )

    def open_series(self, key: str, role: str = "") -> str:
        """Open a series as ``role``, or as what fits it; returns the role, empty if it cannot be shown."""
        info = self.session.info(key)
        role = (role or fitting_role(info)) if info and info.viewable else ""
        if info and not role:
            reason = "; ".join(info.warnings)
            self.failed.emit(LowfieldError(UNREADABLE, where=info.description, hint=reason), "Opening a series")
        elif role:
            self.session.assign(role, key)
            self.front.emit(role)
        return role

    def denoise(self) -> None:
        """Denoise the series in the MRI workspace with the choices of the session."""
        key, volume, choice = self.session.key("mri"), self.session.volume("mri"), self.session.state.denoise
        if volume is not None:
            self._submit(
                lambda progress: self._do.denoise(volume, choice, progress),
                lambda result: self._denoised(key, result),
                title="Denoising",
                slot="denoise",
            )

    def _denoised(self, key: str, result: DenoiseResult) -> None:
        self.session.set_denoised(key, result)
        info = self.session.info(key)
        warn(self.session, key, f"Denoising {info.description if info else ''}".strip(), result.warnings)

    def export_report(self, path: Path) -> None:
        """Write the report of the active study: PDF, with CSV and JSON beside it."""
        found = {role: self.session.volume(role) for role in ROLES}
        volumes = {role: volume for role, volume in found.items() if volume is not None}
        request = ReportRequest(self.session.state, volumes, self.session.denoised)
        self._export(lambda progress: self._do.write_report(request, path, progress), "Writing the report")

    def export_denoised(self, folder: Path) -> None:
        """Write the denoised series as DICOM into ``folder``; the original stays as it is."""
        result, info = self.session.denoised, self.session.info(self.session.key("mri"))
        if result is not None and info is not None:
            self._export(lambda _: self._do.export_denoised(result, info, folder), "Writing the denoised series")

    def run(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], object],
        failed: Callable[[Exception], object],
        title: str,
    ) -> None:
        """Do something long for a page of the window, which hears of the result or of what went wrong itself.

        A bug is recorded as everywhere, too.
        """

        def tell(error: Exception) -> None:
            failed(error)
            if not isinstance(error, LowfieldError):
                self.failed.emit(error, title)

        self.runner.submit(work, on_done=done, on_error=tell, slot=title, title=title)

    def close_all(self) -> None:
        """Stop what is being done and close everything."""
        self.runner.cancel_all()
        self.session.close_all()

    def load_thumbnails(self) -> None:
        """Read the middle slice of every series in the background, as `thumbnail_arrived`."""
        wanted = [info for info in (self.session.index.series() if self.session.index else ()) if info.viewable]

        def read(progress: Progress) -> None:
            for n, info in enumerate(wanted):
                progress(n / len(wanted), info.description)
                self._read_thumbnail(info)

        self._submit(read, lambda _: None, slot="thumbnails")

    def _read_thumbnail(self, info: SeriesInfo) -> None:
        try:
            picture = self._do.load_slice(info, info.shape[0] // 2)
        except LowfieldError:
            return  # the browser shows its sign for "no picture"; opening the series tells the reason
        self.runner.deliver(lambda: self.thumbnail_arrived.emit(info.key, picture))

    def _show(self, index: StudyIndex, paths: tuple[Path, ...]) -> None:
        self.session.add_index(index)
        self.load_thumbnails()
        study = first_study(index)
        if study is not None and paths:
            self.opened.emit(paths)
        if study is not None:
            self.show_study(study.study_uid)
        self._tell_problems(index, nothing=study is None)

    def _tell_problems(self, index: StudyIndex, *, nothing: bool) -> None:
        found = tuple(str(problem) for problem in index.problems)
        where = ", ".join(path.name for path in index.source)
        if nothing:
            text = f"{NOTHING_FOUND} {where}."
            self.session.message.emit("warning", text, "\n".join(found))
        elif len(found) == 1:
            self.session.message.emit("warning", found[0], "")
        elif found:
            text = f"{len(found)} objects in {where} could not be used."
            self.session.message.emit("warning", text, "\n".join(found))

    def show_study(self, study_uid: str) -> None:
        """Activate a study; one that was never opened starts with its most fitting series."""
        self.session.activate(study_uid)
        study = self.session.study
        if study is not None and not self.session.state.assigned:
            for role, key in opening(study).items():
                self.session.assign(role, key)
        for role in ("pet", "mri", "ct"):
            if self.session.key(role):
                self.front.emit(role)
                break

    def _export(self, work: Callable[[Progress], Sequence[Path]], title: str) -> None:
        self._submit(work, self.exported.emit, title=title, slot="export")

    def _submit(
        self, work: Callable[[Progress], Any], done: Callable[[Any], object], *, slot: str, title: str = ""
    ) -> Job[Any]:
        doing = title or "Background work"
        return self.runner.submit(
            work, on_done=done, on_error=lambda error: self.failed.emit(error, doing), slot=slot, title=title
        )

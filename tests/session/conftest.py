"""An index of two patients, and a workflow whose pipeline is made of fakes that run at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement
from viewer.core.progress import Progress
from viewer.core.study import PatientInfo, Problem, SeriesInfo, StudyIndex, StudyInfo
from viewer.core.volume import Volume
from viewer.roi.shapes import Roi, Sphere
from viewer.session.functions import Functions
from viewer.session.session import Session


def make_series(uid: str, modality: str, **changes: Any) -> SeriesInfo:
    values: dict[str, Any] = {
        "description": f"series {uid}",
        "number": "1",
        "instances": 4,
        "shape": (4, 6, 5),
        "spacing_mm": (5.0, 1.5, 1.5),
        "frame_of_reference_uid": "1.9",
        "files": (),
    }
    return SeriesInfo(uid, modality, **(values | changes))


def make_volume(info: SeriesInfo, value: float = 1.0) -> Volume:
    geometry = Geometry.from_axes(info.shape, info.spacing_mm, np.eye(3)[::-1], (0, 0, 0), "1.9")
    return Volume(np.full(info.shape, value, np.float32), geometry)


def make_roi(name: str = "A", radius: float = 5.0) -> Roi:
    return Roi(name, Sphere((1.0, 2.0, 3.0), radius))


INDEX = StudyIndex(
    (Path("/somewhere/study"),),
    (
        PatientInfo(
            "1",
            "One^Patient",
            "19700101",
            "F",
            (
                StudyInfo(
                    "1.1", "20260101", "brain", (make_series("mr", "MR"), make_series("sc", "OT", viewable=False))
                ),
                StudyInfo("1.2", "20260102", "pet", (make_series("ct", "CT"), make_series("pt", "PT"))),
            ),
        ),
        PatientInfo("2", "Two^Patient", "", "", (StudyInfo("2.1", "20250101", "", (make_series("mr2", "MR"),)),)),
    ),
    (Problem("broken.dcm", "The file ends early."),),
)


@dataclass
class Fakes:
    """Stand-ins for the pipeline; ``calls`` says what was asked of them."""

    calls: list[str] = field(default_factory=list)
    index: StudyIndex = INDEX
    fail: str = ""

    def functions(self) -> Functions:
        return Functions(
            open_study=self.open_study,
            load=self.load,
            load_slice=lambda info, k: np.zeros(info.shape[1:], np.float32),
            denoise=self.denoise,
            measure=self.measure,
            demo=lambda progress: [Path("/demo")],
            write_report=lambda request, path, progress: self.write(path),
            export_denoised=lambda result, info, folder: self.write(folder / "1.dcm"),
        )

    def note(self, call: str) -> None:
        self.calls.append(call)
        if self.fail and call.startswith(self.fail):
            raise LowfieldError("did not work", where=call)

    def open_study(self, paths: Sequence[Path], progress: Progress) -> StudyIndex:
        self.note(f"open {paths[0]}")
        return self.index

    def load(self, info: SeriesInfo, progress: Progress, on_slice: Callable[[int, Any], None]) -> Volume:
        self.note(f"load {info.key}")
        volume = make_volume(info)
        for k in range(info.shape[0]):
            on_slice(k, volume.data[k])
        return volume

    def denoise(self, volume: Volume, choice: object, progress: Progress) -> Any:
        self.note("denoise")
        raise LowfieldError("no model")

    def measure(
        self, volumes: Sequence[Volume], rois: Sequence[Roi], choice: object, details: bool
    ) -> list[list[Measurement]]:
        self.note("measure " + ",".join(roi.name for roi in rois))
        return [[Measurement(roi.name, 7, 0.5, "pt")] for roi in rois]

    def write(self, path: Path) -> list[Path]:
        self.note(f"write {path.name}")
        return [path]


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def session() -> Session:
    made = Session()
    made.add_index(INDEX)
    return made


@pytest.fixture
def make() -> Any:
    """The makers of this file, for tests that need more of their kind."""

    class Make:
        roi, series, volume, index = (
            staticmethod(make_roi),
            staticmethod(make_series),
            staticmethod(make_volume),
            INDEX,
        )

    return Make

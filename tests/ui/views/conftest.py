"""Small volumes with known values, and a workspace of each kind over a pipeline that really measures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from viewer.app import measure_rows
from viewer.core.denoised import DenoiseResult, ModelIdentity, NoiseEstimate, ResidualReport
from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex, StudyInfo
from viewer.core.volume import Origin, Volume
from viewer.jobs.runner import Runner
from viewer.session.functions import Functions
from viewer.session.measuring import Measuring
from viewer.session.session import Session
from viewer.session.workflow import Workflow
from viewer.ui.actions import Actions
from viewer.ui.main_thread import MainThread
from viewer.ui.mri_workspace import MriWorkspace
from viewer.ui.petct_workspace import PetCtWorkspace
from viewer.ui.theme import Theme

FRAME = "1.2.826.1"
START = datetime(2026, 5, 4, 10, 15)


def volume(shape: tuple[int, int, int], spacing: tuple[float, float, float], unit: str, **origin: Any) -> Volume:
    """A volume whose value tells its index: 10000 k + 100 j + i."""
    k, j, i = np.indices(shape)
    data = (10000 * k + 100 * j + i).astype(np.float32)
    corner = [-(n - 1) / 2 * step for n, step in zip(shape[::-1], spacing[::-1])]
    geometry = Geometry.from_axes(shape, spacing, np.eye(3)[::-1], corner, FRAME)
    who = {"patient_name": "Curie^Marie", "patient_id": "ID-7", "birth_date": "18671107"}
    return Volume(data, geometry, unit, Origin(**{**who, **origin}))


@pytest.fixture
def mr() -> Volume:
    origin = {"series_uid": "mr", "modality": "MR", "field_strength_t": 0.064, "simulated": True}
    return volume((6, 20, 16), (5.0, 1.6, 1.6), "", **origin)


@pytest.fixture
def denoised(mr: Volume) -> DenoiseResult:
    smooth = mr.with_data(mr.data + 1)
    residual = ((mr.data - smooth.data) / 2).astype(np.float32)
    return DenoiseResult(
        mr,
        smooth,
        residual,
        NoiseEstimate(2.0, "background", "air", 0.9),
        ModelIdentity("lowfield-base", "1.0", "ab" * 32, "onnxruntime", "CPU"),
        1.0,
        0.1,
        ResidualReport(0.0, 1.0, 0.0, (0.0, 0.0), 9.0, "Noise removed."),
    )


@pytest.fixture
def ct() -> Volume:
    made = volume((20, 32, 32), (3.0, 2.0, 2.0), "HU", series_uid="ct", modality="CT", window=(40.0, 400.0))
    return made.with_data(np.where(made.data % 100 < 16, -1000, 50).astype(np.float32))


@pytest.fixture
def pet() -> Volume:
    """5 kBq/mL everywhere, 20 kBq/mL in the patient's left half; 149Tb, injected one hour before."""
    made = volume((16, 20, 20), (4.0, 4.0, 4.0), "Bq/mL", series_uid="pet", modality="PT", simulated=True)
    data = np.full(made.data.shape, 5000, np.float32)
    data[:, :, 10:] = 20000
    acquisition = PetAcquisition(
        units="BQML",
        decay_correction="START",
        corrected_image=("ATTN", "DECY"),
        nuclide_meaning="^149^Terbium",
        half_life_s=4.118 * 3600,
        positron_fraction=0.071,
        injected_dose_bq=45e6,
        injection_time=datetime(2026, 5, 4, 9, 15),
        series_time=START,
        scan_start=START,
        patient_weight_kg=75.0,
        frames=(PetFrame(START, 1200.0, 0.0, 1.0),) * 16,
    )
    return made.with_data(data, acquisition=acquisition)


def info(volume: Volume) -> SeriesInfo:
    geometry, origin = volume.geometry, volume.origin
    frame = geometry.frame_of_reference_uid
    shape, spacing = geometry.shape, geometry.spacing_mm
    return SeriesInfo(origin.series_uid, origin.modality, "series", "1", shape[0], shape, spacing, frame, ())


@dataclass
class Bench:
    """A session with everything around it that a workspace needs."""

    session: Session
    workflow: Workflow
    actions: Actions
    theme: Theme
    measuring: Measuring
    qtbot: Any

    def open(self, **volumes: Volume) -> None:
        """Open volumes by role, as if they had just been loaded."""
        study = StudyInfo("1.1", "20260504", "study", tuple(map(info, volumes.values())))
        self.session.add_index(StudyIndex((Path("/x"),), (PatientInfo("ID-7", "Curie^Marie", "", "F", (study,)),)))
        for role, one in volumes.items():
            self.session.add_volume(one.origin.series_uid, one)
            self.session.assign(role, one.origin.series_uid)
        self.settle()

    def show(self, widget: QWidget, width: int = 1000, height: int = 700) -> None:
        self.qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        self.settle()

    def settle(self) -> None:
        """Wait for workers, then let everything that changed be painted."""
        self.qtbot.waitUntil(lambda: not self.workflow.runner.jobs, timeout=30_000)
        self.qtbot.wait(5)

    def drag(self, view: QWidget, *points: tuple[float, float], **how: Any) -> None:
        """Press at the first point (pixels), move through the others, release at the last."""
        mouse(view, "press", points[0], **how)
        for point in points[1:]:
            mouse(view, "move", point, **how)
        mouse(view, "release", points[-1], **how)
        self.settle()


def mouse(
    view: QWidget,
    kind: str,
    at: tuple[float, float],
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Send one real mouse event."""
    types = {
        "press": QMouseEvent.Type.MouseButtonPress,
        "move": QMouseEvent.Type.MouseMove,
        "release": QMouseEvent.Type.MouseButtonRelease,
        "double": QMouseEvent.Type.MouseButtonDblClick,
    }
    held = Qt.MouseButton.NoButton if kind == "hover" or kind == "release" else button
    point = QPointF(*at)
    event = QMouseEvent(
        types[kind], point, QPointF(view.mapToGlobal(QPoint(0, 0))) + point, button, held, modifiers
    )
    QApplication.sendEvent(view, event)


@pytest.fixture
def send_mouse() -> Callable[..., None]:
    return mouse


@pytest.fixture
def bench(qtbot: Any, tmp_path: Path, denoised: DenoiseResult) -> Iterator[Bench]:
    runner = Runner(2, MainThread())
    session = Session()

    def unused(*arguments: object) -> Any:
        raise AssertionError(arguments)

    functions = Functions(
        open_study=unused,
        load=unused,
        load_slice=unused,
        denoise=lambda volume, choice, progress: replace(denoised, source=volume),
        measure=measure_rows,
        demo=unused,
        write_report=unused,
        export_denoised=unused,
    )
    workflow = Workflow(session, runner, functions)
    theme = Theme(QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat))
    measuring = Measuring(session, runner, functions, workflow)
    yield Bench(session, workflow, Actions(session), theme, measuring, qtbot)
    runner.shutdown(wait=True)


@pytest.fixture
def mri(bench: Bench, mr: Volume) -> MriWorkspace:
    made = MriWorkspace(bench.workflow, bench.actions, bench.theme)
    bench.actions.attach(made.image_area)
    bench.show(made)
    bench.open(mri=mr)
    return made


@pytest.fixture
def petct(bench: Bench, ct: Volume, pet: Volume) -> PetCtWorkspace:
    made = PetCtWorkspace(bench.workflow, bench.actions, bench.theme)
    made.mip.problem = "off in this test"
    bench.actions.attach(made.image_area)
    bench.show(made)
    bench.open(ct=ct, pet=pet)
    return made

"""Dynamic and gated PET: every time frame and gate is a volume of its own, with its own times."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest

from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Origin, Volume
from viewer.dicom.create import write_pet
from viewer.pipeline import MeasureOptions, load, measure_rois, open_study
from viewer.quantify.decay import decay_factor, frame_factor
from viewer.roi.shapes import Roi, Whole

NOON, F18 = datetime(2026, 5, 4, 12), 6586.2
GRID = Geometry.from_axes((5, 8, 8), (4, 4, 4), np.eye(3)[::-1], (0, 0, 0), "1.2.3")
SERIES = {"SeriesInstanceUID": "1.2.3.4", "StudyInstanceUID": "1.2.3.5", "FrameOfReferenceUID": "1.2.3"}
ACQUISITION = PetAcquisition(
    units="BQML", decay_correction="NONE", corrected_image=("ATTN",), scan_start=NOON, series_time=NOON,
    nuclide_code=("77004003", "SCT"), nuclide_meaning="^18^Fluorine", half_life_s=F18, positron_fraction=0.9673,
    injected_dose_bq=1e8, injection_time=NOON, patient_weight_kg=70.0,
)  # fmt: skip
WHOLE = Roi("all", Whole())


def write(folder: Path, name: str, mean: float, frame: PetFrame, **tags) -> None:
    data = mean * (1 + 0.1 * np.random.default_rng(1).random(GRID.shape)).astype(np.float32)
    acquisition = replace(ACQUISITION, frames=(frame,) * 5)
    volume = Volume(data, GRID, "BQML", Origin(patient_id="P"))
    for k, path in enumerate(write_pet(volume, acquisition, folder / name, **(SERIES | tags))):
        path.rename(folder / name / f"{name}{k}.dcm")


def volumes(folder: Path) -> list[Volume]:
    found = [load(info) for info in open_study([folder]).series()]
    return sorted(found, key=lambda volume: float(volume.data.mean()))


def test_a_dynamic_series_is_a_volume_a_frame_each_with_its_own_decay(tmp_path):
    frames = [PetFrame(NOON + timedelta(seconds=start), length) for start, length in ((0, 60.0), (60, 300.0))]
    late = PetFrame(NOON + timedelta(seconds=3600), 600.0)
    for n, frame in enumerate([*frames, late]):
        write(tmp_path, f"t{n}", 1000.0 * (n + 1), frame, SeriesType=["DYNAMIC", "IMAGE"])
    found = volumes(tmp_path)
    assert len(found) == 3
    for n, (volume, frame) in enumerate(zip(found, [*frames, late], strict=True)):
        assert volume.geometry.shape == GRID.shape
        assert {(each.start, each.duration_s) for each in volume.acquisition.frames} == {
            (frame.start, frame.duration_s)
        }
        measured = measure_rois(volume, [WHOLE], MeasureOptions())[0]
        factor = frame_factor(frame.duration_s, F18) / decay_factor((frame.start - NOON).total_seconds(), F18)
        assert measured.activity.mean == pytest.approx(volume.data.mean(dtype=float) * factor, rel=1e-6), n


@pytest.mark.parametrize("by", ["TriggerTime", "ImageIndex", "order"])
def test_gates_are_volumes_of_their_own(tmp_path, by):
    frame = PetFrame(NOON, 600.0)
    for gate in range(4):
        tags = {"TriggerTime": str(250 * gate)} if by == "TriggerTime" else {}
        write(tmp_path, f"g{gate}", 1000.0 * (gate + 1), frame, SeriesType=["GATED", "IMAGE"], **tags)
    if by != "TriggerTime":
        renumber(tmp_path, by)
    found = volumes(tmp_path)
    assert [round(float(volume.data.min()), -2) for volume in found] == [1000, 2000, 3000, 4000]
    assert all(float(volume.data.max()) <= 1.11 * float(volume.data.min()) for volume in found)
    warned = [any("only their order" in text for text in volume.warnings) for volume in found]
    assert warned == [by == "order"] * 4


def renumber(folder: Path, by: str) -> None:
    """Number images as the standard says: slices first, then time slots."""
    for path in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        gate, k = int(path.parent.name[1:]), int(path.stem[2:])
        dataset.InstanceNumber = gate * 5 + k + 1
        if by == "ImageIndex":
            dataset.ImageIndex, dataset.NumberOfSlices, dataset.InstanceNumber = gate * 5 + k + 1, 5, 1
        else:
            del dataset.ImageIndex
        dataset.save_as(path)

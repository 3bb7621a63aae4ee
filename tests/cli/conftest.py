"""Small studies on disk, and the command line called as a script would call it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.app import main
from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Origin, Volume
from viewer.dicom.create import write_ct, write_mr, write_pet

NOON = datetime(2026, 5, 4, 12)
AXES = np.eye(3)[::-1]
ACQUISITION = PetAcquisition(
    units="BQML", decay_correction="START", corrected_image=("ATTN", "DECY"), scan_start=NOON, series_time=NOON,
    nuclide_code=("77004003", "SCT"), nuclide_meaning="^18^Fluorine", half_life_s=6586.2, positron_fraction=0.9673,
    injected_dose_bq=1e8, injection_time=NOON, patient_weight_kg=70.0,
    frames=(PetFrame(NOON, 1200.0, 0.0, 1.0),) * 12,
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a script sees."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@pytest.fixture
def lowfield(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs one command and captures what it says, C libraries included."""

    def run(*words: object) -> Result:
        capfd.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def geometry(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Geometry:
    return Geometry.from_axes(shape, spacing, AXES, (-40.0, -40.0, -20.0), "1.2.826.0.1.3680043.8.498.77")


ORIGIN = Origin(
    patient_id="T1", patient_name="Test^Phantom", study_uid="1.2.826.0.1.3680043.8.498.1", simulated=True
)


@pytest.fixture
def petct(tmp_path: Path) -> Path:
    """A CT and an 18F PET: 1000 Bq/mL everywhere, 5000 in a cube of 4x4x4 voxels of 4 mm around (0, 0, 2)."""
    values = np.full((12, 20, 20), 1000.0, np.float32)
    values[4:8, 8:12, 8:12] = 5000.0
    pet = Volume(values, geometry((12, 20, 20), (4, 4, 4)), "BQML", ORIGIN)
    ct = Volume(np.zeros((24, 40, 40), np.float32), geometry((24, 40, 40), (2, 2, 2)), "HU", ORIGIN)
    folder = tmp_path / "study ü"
    write_pet(pet, ACQUISITION, folder / "pet")
    write_ct(ct, folder / "ct")
    return folder


@pytest.fixture
def pet_with(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a PET with other tags."""

    def make(**changes: Any) -> Path:
        pet = Volume(np.full((12, 8, 8), 1000.0, np.float32), geometry((12, 8, 8), (4, 4, 4)), "BQML", ORIGIN)
        folder = tmp_path / "other pet"
        write_pet(pet, replace(ACQUISITION, **changes), folder)
        return folder

    return make


@pytest.fixture
def head(tmp_path: Path) -> Path:
    """A noisy MR series of an ellipsoid: 6 slices of 64 x 64."""
    k, j, i = np.mgrid[:6, :64, :64]
    clean = 200.0 * ((((j - 32) / 24) ** 2 + ((i - 32) / 20) ** 2 + ((k - 3) / 6) ** 2) < 1)
    noise = np.random.default_rng(1).normal(0, 10, (2, *clean.shape))
    data = np.abs(clean + noise[0] + 1j * noise[1]).astype(np.float32)
    write_mr(Volume(data, geometry((6, 64, 64), (5, 1.6, 1.6)), "", ORIGIN), tmp_path / "head")
    return tmp_path / "head"


@pytest.fixture
def rois(tmp_path: Path) -> Path:
    """The cube as a box, and the whole image."""
    path = tmp_path / "rois.json"
    box = {"name": "cube", "type": "box", "min_lps_mm": [-9, -9, -5], "max_lps_mm": [5, 5, 9]}
    path.write_text(json.dumps({"rois": [box, {"name": "all", "type": "whole"}]}))
    return path

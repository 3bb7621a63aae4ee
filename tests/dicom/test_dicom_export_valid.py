"""What we write, judged by dicom3tools' dciodvfy: no error in simulated series, no new one in derived series."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Origin, Volume
from viewer.dicom.create import write_ct, write_mr, write_pet
from viewer.dicom.export import write_derived_series
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan

SHAPE = (3, 6, 7)
START = datetime(2025, 1, 1, 10)
FLUORINE = PetAcquisition(
    units="BQML",
    decay_correction="START",
    corrected_image=("DECY", "ATTN"),
    nuclide_code=("77004003", "SCT"),
    nuclide_meaning="^18^Fluorine",
    half_life_s=6586.2,
    positron_fraction=0.967,
    injected_dose_bq=45e6,
    injection_time=datetime(2025, 1, 1, 9),
    scan_start=START,
    patient_weight_kg=9.8,
    frames=tuple(PetFrame(START, 1200.0) for _ in range(SHAPE[0])),
)


def errors(path: Path) -> set[str]:
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy is absent (Debian package dicom3tools)")
    run = subprocess.run([program, str(path)], capture_output=True, text=True, errors="replace", check=False)
    return {line for line in (run.stdout + run.stderr).splitlines() if line.startswith("Error")}


def volume() -> Volume:
    values = np.random.default_rng(0).random(SHAPE).astype(np.float32) * 100
    grid = Geometry.from_axes(SHAPE, (5, 1.6, 1.6), np.eye(3)[::-1], (1, 2, 3), "1.2.3")
    return Volume(values, grid, origin=Origin(series_description="head", study_date="20250101"))


def write_simulated(modality: str, folder: Path) -> list[Path]:
    if modality == "PT":
        return write_pet(volume(), FLUORINE, folder)
    return (write_mr if modality == "MR" else write_ct)(volume(), folder)


@pytest.mark.parametrize("modality", ["MR", "CT", "PT"])
def test_simulated_series_are_valid_and_so_is_what_derives_from_them(tmp_path, modality):
    made = write_simulated(modality, tmp_path / "made")
    assert errors(made[0]) == set()
    (info,) = scan([tmp_path / "made"]).series()
    words = {"description": "derived", "derivation": "halved"}
    loaded = load_series(info)
    derived = write_derived_series(loaded.with_data(loaded.data / 2), info, tmp_path / "derived", **words)
    assert errors(derived[-1]) == set()


@pytest.mark.parametrize("name", ["enhanced_mr_xa30", "suv_dro/DRO_2_4.zip", "ibsi_sts/STS_041.zip"])
def test_real_series_gain_no_error(shared_data, tmp_path, name):
    for number, info in enumerate(scan([shared_data(name)]).series()):
        if info.viewable:
            folder = tmp_path / str(number)
            derived = write_derived_series(load_series(info), info, folder, description="a", derivation="b")
            assert errors(derived[0]) - errors(info.files[0]) == set(), info.description

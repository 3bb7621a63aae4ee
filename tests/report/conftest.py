"""A report with everything in it: two PET series, CT, an ROI without voxels, denoising, pictures, warnings."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from viewer.core.denoised import ModelIdentity, NoiseEstimate, ResidualReport
from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.study import SeriesInfo
from viewer.core.volume import Origin, Volume
from viewer.quantify.activity import activity_scale
from viewer.quantify.measure import measure_region
from viewer.quantify.suv import suv_bw_scale
from viewer.report.model import DenoiseSummary, Patient, Picture, Report, Software, Study

NOON = datetime(2026, 5, 4, 12)
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
GRID = Geometry.from_axes((8, 8, 8), (4, 4, 4), np.eye(3)[::-1], (0, 0, 0), "1.2")
ACQUISITION = PetAcquisition(
    units="BQML", decay_correction="START", corrected_image=("ATTN", "DECY"), scan_start=NOON, series_time=NOON,
    nuclide_meaning="^18^Fluorine", half_life_s=6586.2, positron_fraction=0.9673, injected_dose_bq=4.5e7,
    injection_time=NOON - timedelta(minutes=30), patient_weight_kg=10.0, frames=(PetFrame(NOON, 1200.0),) * 8,
    sources={"half_life_s": "(0018,1075)"},
)  # fmt: skip


def volume(uid: str, description: str, unit: str = "BQML") -> Volume:
    data = np.arange(512, dtype=np.float32).reshape(GRID.shape) + 1000.25
    origin = Origin(series_uid=uid, series_description=description, simulated=True)
    return Volume(data, GRID, unit, origin, acquisition=ACQUISITION if unit == "BQML" else None)


def box(size: int) -> np.ndarray:
    return np.ones((size,) * 3, bool)


@pytest.fixture(scope="session")
def measurements() -> tuple[Measurement, ...]:
    pet, twin, ct = volume("1.1", "PET Tb"), volume("1.2", "PET F18 setting"), volume("1.3", "CT", "HU")
    rescaled = activity_scale(ACQUISITION, acquired_as="F-18", nuclide="Tb-149")
    scales = {"scale": activity_scale(ACQUISITION), "suv": suv_bw_scale(ACQUISITION)}
    return (
        measure_region("lesion", pet, (1, 1, 1), box(4), **scales),
        measure_region("=1+1", pet, (0, 0, 0), box(2), **scales),
        measure_region("lesion", twin, (1, 1, 1), box(4), scale=rescaled, reasons=("SUV is not shown.",)),
        measure_region("outside", twin, (0, 0, 0), np.zeros((1, 1, 1), bool), scale=rescaled),
        measure_region("liver", ct, (2, 2, 2), box(3)),
    )


@pytest.fixture(scope="session")
def summary() -> DenoiseSummary:
    return DenoiseSummary(
        NoiseEstimate(12.34, "background", "Rayleigh fit to air", 0.87, (2.0, 1.33)),
        ModelIdentity("ulf", "0.1.0", SHA, "onnxruntime 1.23", "CPUExecutionProvider"),
        ResidualReport(0.01, 0.98, 0.03, (0.02, -0.013), 11.4, "Looks like noise."),
        1.0, 14.2, "T1 64 mT", "T1 64 mT denoised", "", ("Sigma comes from a zero-filled image.",),
    )  # fmt: skip


@pytest.fixture(scope="session")
def report(measurements: tuple[Measurement, ...], summary: DenoiseSummary) -> Report:
    rgb = np.random.default_rng(1).integers(0, 255, (48, 40, 3), np.uint8)
    pictures = tuple(Picture(f"Picture {n}", rgb, "Key") for n in range(4))
    series = SeriesInfo("1.1", "PT", "PET Tb", "3", 8, GRID.shape, GRID.spacing_mm, "1.2", ())
    return Report(
        "PET/CT measurements", "2026-05-04T16:22:08", Software("Lowfield", "0.1.0"),
        Patient("Müller, Žofie (山田 太郎)", "LF-1", "19620117", "F"),
        Study("20260504", "Körper", "/data", (series,)),
        ("Native voxels.",), measurements, (summary,), pictures, ("PET and CT 14 min apart.",), ("Simulated.",),
    )  # fmt: skip

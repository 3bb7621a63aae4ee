"""A believable 18F acquisition, changed by each test where it matters."""

from datetime import datetime, timedelta

import pytest

from viewer.core.pet import PetAcquisition, PetFrame

NOON = datetime(2026, 5, 4, 12)
HALF_LIFE_18F = 6586.2


def make_acquisition(**changes) -> PetAcquisition:
    fields = {
        "units": "BQML",
        "decay_correction": "START",
        "corrected_image": ("ATTN", "DECY", "SCAT"),
        "nuclide_code": ("C-111A1", "SRT"),
        "nuclide_meaning": "^18^Fluorine",
        "half_life_s": HALF_LIFE_18F,
        "injected_dose_bq": 3.6808e8,
        "injection_time": NOON - timedelta(hours=1),
        "series_time": NOON,
        "scan_start": NOON,
        "patient_weight_kg": 70.0,
        "frames": (PetFrame(NOON, 1200.0),) * 3,
        "sources": {"half_life_s": "RadionuclideHalfLife (0018,1075)"},
    }
    return PetAcquisition(**(fields | changes))


@pytest.fixture(scope="session")
def make():
    return make_acquisition

"""A simulated therapy: one phantom scanned at several times, written as DICOM, with its truth worked out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from viewer.core.geometry import Geometry
from viewer.core.volume import Origin
from viewer.dicom.create import write_ct, write_pet
from viewer.simulate.ct import simulate_ct
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import Emitter, Scan, simulate_pet
from viewer.simulate.phantom_frame import phantom_geometry

INJECTION = datetime(2026, 4, 2, 8, 0)
INJECTED_BQ = 2e8
HOUR, HALF_LIFE = 3600.0, 14824.8
RATE = np.log(2) / HALF_LIFE
TB149 = Emitter("^149^Terbium", HALF_LIFE, 0.0715, ("TB149", "99LOWFIELD"))
F18 = Emitter("^18^Fluorine", 6586.2, 0.9673, ("77004003", "SCT"))
ORIGIN = Origin(patient_id="T1", patient_name="Therapy^Simulated", modality="PT", simulated=True)


@dataclass(frozen=True)
class Therapy:
    """Biological clearance on top of physical decay: what the whole phantom holds at the start of a scan."""

    phantom: IecPhantom
    clearance_s: float
    """Biological half-life."""

    def activity_bq(self, since_s: float) -> float:
        return float(INJECTED_BQ * np.exp(-(RATE + np.log(2) / self.clearance_s) * since_s))

    @property
    def background_bq_ml(self) -> float:
        """At the injection."""
        return replace(self.phantom, activity_bq=INJECTED_BQ).background_bq_ml


THERAPY = Therapy(IecPhantom(), 5 * HOUR)
GRID = phantom_geometry(THERAPY.phantom, (7.0, 6.0, 6.0))
NEAR = {"name": "warm", "type": "sphere", "center_lps_mm": [0.0, -75.0, 60.0], "radius_mm": 22.0}
HOT = {"name": "hot", "type": "sphere", "center_lps_mm": [0.0, 0.0, 0.0], "radius_mm": 12.0}


def scan_at(
    folder: Path,
    since_s: float,
    *,
    seed: int = 1,
    phantom: IecPhantom | None = None,
    geometry: Geometry = GRID,
    acquired_as: Emitter = TB149,
    frame: str = "",
    ct: bool = False,
    patient: str = "T1",
    **changes: object,
) -> Path:
    """Write the scan of one visit, START-corrected as a scanner does it, and return its folder."""
    start = INJECTION + timedelta(seconds=since_s)
    held = replace(phantom or THERAPY.phantom, activity_bq=THERAPY.activity_bq(since_s))
    scan = Scan(start=start, duration_s=1200.0)
    made = simulate_pet(
        held, TB149, np.random.default_rng(seed), acquired_as=acquired_as, scan=scan, geometry=geometry
    )
    grid = Geometry(geometry.shape, geometry.affine, frame or geometry.frame_of_reference_uid)
    date, time = start.strftime("%Y%m%d %H%M%S").split()
    origin = replace(
        ORIGIN,
        patient_id=patient,
        series_description=f"PET {since_s / HOUR:g} h",
        study_date=date,
        study_time=time,
    )
    acquisition = made.volume.acquisition
    assert acquisition is not None
    acquisition = replace(acquisition, injection_time=INJECTION, injected_dose_bq=INJECTED_BQ)
    acquisition = replace(acquisition, **changes)  # type: ignore[arg-type]
    write_pet(replace(made.volume, geometry=grid, origin=origin), acquisition, folder / "PET")
    if ct:
        image = simulate_ct(held, np.random.default_rng(seed), geometry=grid)
        write_ct(
            replace(image, geometry=grid, origin=replace(origin, modality="CT", series_description="CT")),
            folder / "CT",
        )
    return folder


@pytest.fixture(scope="session")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scans, 1, 3, 6 and 10 h after injection, one frame of reference, a CT with the first."""
    folder = tmp_path_factory.mktemp("therapy")
    for number, hours in enumerate((1, 3, 6, 10)):
        scan_at(folder / f"visit {number}", hours * HOUR, seed=number, ct=number == 0)
    return folder


@pytest.fixture
def rois_file(tmp_path: Path) -> Callable[[Sequence[dict[str, object]]], Path]:
    """Return a function that writes an ROI file."""
    import json

    def write(rows: Sequence[dict[str, object]] = (NEAR,)) -> Path:
        path = tmp_path / "rois.json"
        path.write_text(json.dumps({"rois": list(rows)}))
        return path

    return write

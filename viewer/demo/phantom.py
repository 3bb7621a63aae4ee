"""The phantom of the demo: CT, 149Tb PET and its twin acquired as 18F, ROIs, and what they ought to show."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.dicom.create import write_ct, write_pet
from viewer.quantify.nuclides import nuclide
from viewer.roi.io import rois_to_json
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Roi, Sphere
from viewer.simulate.ct import simulate_ct
from viewer.simulate.iec import DIAMETERS_MM, IecPhantom
from viewer.simulate.pet import SCAN_START, Emitter, PetSimulation, simulate_pet

PHANTOM = IecPhantom((3.2, -12.4, 7.7))
SEED = 149
PRIVATE_CODE = ("TB149", "99LOWFIELD")
COLORS = ("#4cc9f0", "#4895ef", "#80ed99", "#f9c74f", "#f8961e", "#f94144")
BACKGROUND = ((0.0, -75.0, 60.0), 20.0)
LUNG = ((0.0, 0.0, 35.0), 12.0)
"""Centre in phantom mm and radius of the two other ROIs, far enough from every edge not to feel the blur."""


def make_phantom(folder: Path, truth: Path, progress: Progress) -> dict[str, Any]:
    """Write CT and both PET series to ``folder``, rois.json to ``truth``; return what is true."""
    rng = np.random.default_rng(SEED)
    progress(0.0, "Scanning the phantom: CT")
    _write(write_ct, simulate_ct(PHANTOM, rng), folder / "CT", "1", KVP=120)
    progress(0.5, "Scanning the phantom: PET")
    terbium, fluorine = emitter("Tb-149"), emitter("F-18")
    pet = simulate_pet(PHANTOM, terbium, rng)
    twin = simulate_pet(PHANTOM, terbium, rng, acquired_as=fluorine)
    progress(0.8, "Writing the phantom's PET")
    for number, name, simulation in (("2", "PET-149Tb", pet), ("3", "PET-as-18F", twin)):
        _write_pet(simulation, folder / name, number)
    rois = phantom_rois(PHANTOM)
    (truth / "rois.json").write_text(json.dumps(rois_to_json(rois), indent=1), encoding="utf-8")
    return {**pet.truth, "twin_acquired_as": "18F", "expected": expected(pet, rois)}


def emitter(name: str) -> Emitter:
    """Return a nuclide of the table as the simulator takes it."""
    row = nuclide(name)
    return Emitter(row.meanings[0], row.half_life_s, row.positron_fraction, (row.codes or (PRIVATE_CODE,))[0])


def phantom_rois(phantom: IecPhantom) -> tuple[Roi, ...]:
    """Return ROIs of the six spheres (their inner diameter), of the background and of the lung insert."""
    spheres = [
        Roi(f"Sphere {d:g} mm", Sphere(_point(center), d / 2), id=f"demo-sphere-{d:g}", color=color)
        for d, center, color in zip(DIAMETERS_MM, phantom.sphere_centers_lps_mm, COLORS)
    ]
    others = [
        Roi(name, Sphere(_point(phantom.center_lps_mm + phantom.rotation @ np.asarray(at)), radius), id=key)
        for name, key, (at, radius) in (
            ("Background", "demo-background", BACKGROUND),
            ("Lung insert", "demo-lung", LUNG),
        )
    ]
    return (*spheres, *others)


def expected(pet: PetSimulation, rois: tuple[Roi, ...]) -> list[dict[str, Any]]:
    """Return for each ROI its true concentration and the noise-free mean of its voxels after blur, Bq/mL."""
    true = [PHANTOM.sphere_bq_ml] * len(DIAMETERS_MM) + [PHANTOM.background_bq_ml, 0.0]
    rows = []
    for roi, concentration in zip(rois, true):
        region = rasterize(roi.shape, pet.volume.geometry)
        window = tuple(slice(o, o + n) for o, n in zip(region.offset, region.mask.shape))
        values = pet.blurred[window][region.mask]
        rows.append({"name": roi.name, "true_bq_ml": concentration, "blurred_mean_bq_ml": float(values.mean())})
    return rows


def _write_pet(simulation: PetSimulation, folder: Path, number: str) -> None:
    acquisition = simulation.volume.acquisition
    if acquisition is None:
        raise ValueError("a simulated PET series has no acquisition")

    def write(volume: Volume, into: Path, **tags: Any) -> list[Path]:
        return write_pet(volume, acquisition, into, **tags)

    _write(write, simulation.volume, folder, number)


def _write(write: Any, volume: Volume, folder: Path, number: str, **tags: Any) -> None:
    """Write one series of the phantom's study."""
    date, time = SCAN_START.strftime("%Y%m%d %H%M%S").split()
    origin = replace(volume.origin, series_number=number, study_date=date, study_time=time)
    write(replace(volume, origin=origin), folder, uid_seed="lowfield demo phantom", **tags)


def _point(values: Any) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 6) for value in values)
    return x, y, z

"""Twelve poses of the simulated NEMA IEC phantom, and the real NEMA volume beside pynemaiqpet.

Run ``python tests/bench/phantom.py [--real FOLDER]`` (some minutes of CPU). Not a test: it prints two tables.

The first: how far the spheres are found from where they are (the farthest of six, against half a voxel), RCmean
(A50) of each against that of the noise-free image, and the largest difference over the noise of a region as large
as the sphere (RC x N_j). Rotations, flips, places off centre, voxels of 1 to 5 mm, four noise levels; the phantom
lies along every axis and obliquely, PET alone.

The second needs the unpacked DICOM of ``nema_iq_pet`` (shared data) and, for the other column, the package
pynemaiqpet (PyPI, MIT; not a dependency). Give its results by ``--theirs CSV``, made in a scratch environment by

    python -m venv scratch && scratch/bin/pip install pynemaiqpet
    scratch/bin/python tests/bench/phantom.py --write-theirs CSV --real FOLDER
"""

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

DIAMETERS = (10, 13, 17, 22, 28, 37)


@dataclass(frozen=True)
class Case:
    """One pose: where, turned how (degrees about x, y, z), voxels (slice, row, column) in mm, activity in MBq."""

    center: tuple[float, float, float]
    turn: tuple[float, float, float]
    spacing: tuple[float, float, float]
    mbq: float
    flipped: tuple[bool, bool, bool] = (False, False, False)


CASES = (
    Case((0, 0, 0), (0, 0, 0), (2, 2, 2), 45),
    Case((12, -9, 20), (0, 0, 180), (2, 2, 2), 20),
    Case((-15, 10, 5), (0, 180, 0), (3, 3, 3), 9),
    Case((3, 4, 5), (90, 0, 0), (2.5, 2.5, 2.5), 45),
    Case((3, -4, 5), (0, 90, 0), (4, 4, 4), 4.5),
    Case((8, 2, -6), (20, -35, 50), (3, 2, 2), 9),
    Case((-8, 2, 6), (-40, 25, -110), (4, 2.5, 2.5), 4.5),
    Case((0, 0, 0), (5, -3, 37), (5, 5, 5), 4.5),
    Case((1.3, -2.7, 0.4), (2, 1, -4), (1, 1, 1), 45),
    Case((-2.1, 0.6, 3.3), (0, 0, 95), (1.5, 1.5, 1.5), 20),
    Case((25, -20, 15), (180, 0, 60), (3, 3, 3), 20, (True, False, True)),
    Case((-5, 6, -7), (0, 0, 0), (2, 4, 4), 9, (False, True, False)),
)


def simulated() -> list[str]:
    from scipy.spatial.transform import Rotation

    from viewer.simulate.iec import IecPhantom

    lines = [
        "turn about x y z | voxel mm | MBq | off mm (half voxel) | RCmean 10 13 17 22 28 37 (noise-free) | noise"
    ]
    for case in CASES:
        turn = Rotation.from_euler("xyz", case.turn, degrees=True).as_matrix()
        phantom = IecPhantom(case.center, turn, activity_bq=case.mbq * 1e6)
        lines.append(_row(case, phantom))
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.flush()
    return lines


def _row(case: Case, phantom: object) -> str:
    from viewer.demo.phantom import emitter
    from viewer.quantify.phantom import Scene, evaluate
    from viewer.quantify.phantom_find import find_on_pet
    from viewer.quantify.phantom_plan import plan
    from viewer.quantify.recovery_tables import convention
    from viewer.simulate.pet import simulate_pet

    grid = _grid(case, phantom)
    made = simulate_pet(phantom, emitter("Tb-149"), np.random.default_rng(149), geometry=grid)
    pose = find_on_pet(made.volume.data, grid)
    off = float(np.linalg.norm(pose.sphere_centers_lps_mm - phantom.sphere_centers_lps_mm, axis=1).max())
    places, how = plan(made.volume.data, grid, pose), convention("a50")
    true = (phantom.sphere_bq_ml, phantom.background_bq_ml)
    noisy = evaluate(Scene(made.volume.data, grid, pose, places, how, "Bq/mL", *true))
    clean = evaluate(Scene(made.noise_free, grid, pose, places, how, "Bq/mL", *true))
    pairs, worst = [], 0.0
    for a, b in zip(noisy.spheres, clean.spheres):
        if a.rc_mean is None or b.rc_mean is None:
            pairs.append("none")
            continue
        pairs.append(f"{a.rc_mean:.2f}({b.rc_mean:.2f})")
        worst = max(worst, abs(a.rc_mean - b.rc_mean) / (b.rc_mean * a.background_variability_percent / 100))
    half = min(case.spacing) / 2
    flips = "".join("-" if each else "+" for each in case.flipped)
    turn, voxel = "/".join(f"{each:g}" for each in case.turn), "x".join(f"{each:g}" for each in case.spacing)
    return (
        f"{turn:>12} {flips} | {voxel:>9} | "
        f"{case.mbq:>4g} | {off:.2f} ({half:.2f}) {'ok' if off <= half else 'OFF'} | {' '.join(pairs)} | "
        f"{worst:.1f} x RC N_j, CoV {noisy.cov_percent:.0f} %, calibration {noisy.calibration:.3f}"
    )


def _grid(case: Case, phantom: object):
    """A grid around the ring, along the patient's axes, some of them reversed."""
    from viewer.core.geometry import Geometry

    reach = 340.0 if min(case.spacing) >= 1.5 else 300.0
    high = reach if case.turn[0] % 180 or case.turn[1] % 180 else 150.0
    field = np.asarray((high, reach, reach))
    shape = np.round(field / case.spacing).astype(int)
    axes = np.eye(3)[::-1] * np.where(case.flipped, -1.0, 1.0)[:, None]
    half = (shape - 1) / 2 * np.asarray(case.spacing)
    corner = np.asarray(phantom.center_lps_mm) - half @ axes + (4.1, -6.3, 2.2)
    k, j, i = (int(n) for n in shape)
    return Geometry.from_axes((k, j, i), case.spacing, axes, corner, "1.2")


def real(folder: Path, theirs: list[dict[str, str]]) -> list[str]:
    from viewer.phantom import analyse_phantom
    from viewer.pipeline import load, open_study

    pet = load(next(iter(open_study([folder]).series())))
    result = analyse_phantom(pet)
    level, scale = result.background, next((float(row["signal"]) for row in theirs), None)
    lines = [
        "Real NEMA volume (no units or times in its header: relative figures only)",
        "mm | A50 mean: ours, theirs, ratio | max: ours, theirs, ratio | over background: ours | "
        "RCmean by their signal: ours, theirs | centres apart mm",
    ]
    by_size = {round(2 * float(row["R"])): row for row in theirs}
    for n, sphere in enumerate(result.spheres):
        row = by_size.get(round(sphere.diameter_mm))
        text = f"{sphere.diameter_mm:>2g} | {sphere.mean:8.1f}"
        if row is not None and scale:
            mean, top = float(row["mean_a50"]), float(row["max"])
            index = pet.geometry.to_index(result.pose.sphere_centers_lps_mm[n])[::-1]
            apart = (index - [float(row[axis]) for axis in "xyz"]) * pet.geometry.spacing_mm[::-1]
            text += f" {mean:8.1f} {sphere.mean / mean:.3f} | {sphere.maximum:8.1f} {top:8.1f}"
            text += f" {sphere.maximum / top:.3f}"
            text += f" | {sphere.ratio_mean:.2f} | {sphere.mean / scale:.3f} {mean / scale:.3f}"
            text += f" | {np.linalg.norm(apart):.2f}"
        lines.append(text)
    their_level = f", theirs {float(theirs[0]['background_mean']):.1f}" if theirs else ""
    lines.append(f"background: ours {level:.1f}{their_level}; lung residual {result.lung_residual_percent:.2f} %")
    return lines


def their_rows(folder: Path) -> list[dict[str, str]]:
    """Return pynemaiqpet's fits (its command line's settings), with sphere centres as array indices (x, y, z)."""
    import matplotlib

    matplotlib.use("Agg")
    from pymirc.fileio import DicomVolume
    from pynemaiqpet import nema_wb

    dicom = DicomVolume(str(folder / "*"))
    volume, voxel = dicom.get_data(), dicom.voxsize
    radii = [18.5, 14.0, 11.0, 8.5, 6.5, 5.0]
    _, table = nema_wb.fit_WB_NEMA_sphere_profiles(volume, voxel, sameSignal=True, Rfix=radii, dfix=1.5)
    background = volume[nema_wb.find_background_roi(volume, voxel)].mean()
    boxes = nema_wb.NEMASubvols(volume, voxel, margin=9.0, bgSignal=background)
    rows = []
    for box, (_, values) in zip(boxes, table.iterrows()):
        inside = np.asarray(nema_wb.get_sphere_center(volume[box], voxel)) / voxel
        center = dicom.affine[:3, :3] @ (inside + [each.start for each in box]) + dicom.affine[:3, 3]
        index = _file_index(folder, center)
        rows.append({**{k: str(v) for k, v in values.items()}, **dict(zip("xyz", map(str, index)))})
    return rows


def _file_index(folder: Path, lps: np.ndarray) -> np.ndarray:
    """Return (column, row, slice) of a point of pymirc's frame, from the files' own positions."""
    import pydicom

    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in folder.iterdir()]
    first = min(headers, key=lambda header: float(header.ImagePositionPatient[2]))
    origin = np.asarray(first.ImagePositionPatient, float)
    steps = (*map(float, first.PixelSpacing[::-1]), float(first.SliceThickness))
    return (np.asarray(lps, float) - origin) / steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--theirs", type=Path)
    parser.add_argument("--write-theirs", type=Path)
    words = parser.parse_args()
    if words.write_theirs:
        rows = their_rows(words.real)
        with words.write_theirs.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return
    if words.real:
        rows = []
        if words.theirs:
            with words.theirs.open(newline="") as stream:
                rows = list(csv.DictReader(stream))
        sys.stdout.write("\n".join(real(words.real, rows)) + "\n\n")
    simulated()


if __name__ == "__main__":
    main()

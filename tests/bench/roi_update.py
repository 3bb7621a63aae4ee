"""One statistics update of a dragged 30 mm sphere on a 440×440×645 PET, against SimpleITK's label statistics.

Run ``python tests/bench/roi_update.py`` (needs about 2 GB). Not a test: time depends on the machine, so it only
prints. The update is what the window does for every step of a drag: rasterise, then activity, SUV and both peaks.
"""

import sys
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Volume
from viewer.quantify.activity import activity_scale
from viewer.quantify.measure import measure_region
from viewer.quantify.suv import suv_bw_scale
from viewer.roi.edit import moved
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Sphere

SHAPE, SPACING = (645, 440, 440), (1.65, 1.65, 1.65)
NOON = datetime(2026, 5, 4, 12)


def pet() -> Volume:
    data = np.random.default_rng(149).standard_gamma(4.0, SHAPE, dtype=np.float32)
    grid = Geometry.from_axes(SHAPE, SPACING, np.eye(3)[::-1], (0, 0, 0), "1.2")
    acquisition = PetAcquisition(
        units="BQML", decay_correction="START", corrected_image=("ATTN", "DECY"), scan_start=NOON,
        injection_time=NOON, injected_dose_bq=4.5e7, half_life_s=14824.8, patient_weight_kg=70.0,
        nuclide_meaning="^149^Terbium", frames=(PetFrame(NOON, 1200.0),) * SHAPE[0],
    )  # fmt: skip
    return Volume(data, grid, "Bq/mL", acquisition=acquisition)


def dragged(volume: Volume, steps: int) -> tuple[float, Measurement]:
    """Return seconds a step and the last measurement of a sphere of 30 mm diameter dragged along."""
    assert volume.acquisition is not None
    scale, suv = activity_scale(volume.acquisition), suv_bw_scale(volume.acquisition)
    shape, took = Sphere(volume.geometry.center_lps_mm, 15.0), []
    for _ in range(steps):
        shape = moved(shape, (0.7, -0.4, 0.3))
        start = time.perf_counter()
        region = rasterize(shape, volume.geometry)
        found = measure_region("sphere", volume, region.offset, region.mask, scale=scale, suv=suv)
        took.append(time.perf_counter() - start)
    return float(np.median(took)), found


def labelled(volume: Volume, shape: Sphere) -> tuple[float, float]:
    """Return seconds and mean of SimpleITK on a label image of the whole grid (drawing it is not counted)."""
    region = rasterize(shape, volume.geometry)
    labels = np.zeros(SHAPE, np.uint8)
    labels[region.slices] = region.mask
    image, mask = sitk.GetImageFromArray(np.asarray(volume.data)), sitk.GetImageFromArray(labels)
    judge = sitk.LabelStatisticsImageFilter()
    start = time.perf_counter()
    judge.Execute(image, mask)
    return time.perf_counter() - start, judge.GetMean(1)


def main() -> None:
    volume = pet()
    ours, found = dragged(volume, 50)
    at = volume.geometry.center_lps_mm + 50 * np.array([0.7, -0.4, 0.3])
    theirs, mean = labelled(volume, Sphere(at, 15.0))
    assert found.activity is not None and abs(found.activity.mean / mean - 1) < 1e-6
    lines = (
        f"Lowfield  {1e3 * ours:9.2f} ms   {found.voxels} voxels, with activity, SUV and two peaks",
        f"SimpleITK {1e3 * theirs:9.2f} ms   LabelStatisticsImageFilter, same mean",
        f"ratio     1/{theirs / ours:.0f}   (aim: at most 1/50)",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

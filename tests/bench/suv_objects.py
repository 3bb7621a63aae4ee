"""SUVbw of every open reference object inside its mask, against 0.20 / 1.00 / 4.00, with the error of each.

Run ``python tests/bench/suv_objects.py [FOLDER]`` (default: the shared data). Beside each error stands what the
stored integers allow: a pixel holds slope · n, so no reader can do better than the half-step slope · factor / 2.
What goes beyond it is to be explained; the last columns show the integer that 0.20 would need beside that in the
file (writers that cut off instead of rounding are off by up to a whole step). Not a test:
`tests/pipeline/test_pipeline_real_data.py` asserts the same.
"""

import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from viewer.core.measurement import Measurement
from viewer.core.options import AS_THE_FILE_SAYS
from viewer.formats.nifti import read_mask
from viewer.pipeline import load, measure_roi, open_study, scales_for
from viewer.roi.shapes import MaskShape, Roi

EXPECTED = {"minimum": 0.20, "median": 1.00, "maximum": 4.00}
LIMIT = 1e-3
SHARED = os.environ.get("LOWFIELD_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")


@dataclass(frozen=True)
class Reading:
    """One object: what was measured, the largest half-step of its integers and the step at 0.20, in g/mL."""

    name: str
    units: str
    found: Measurement
    half_step: float
    step_at_minimum: float

    def error(self, statistic: str) -> float:
        """Relative error of one statistic."""
        return getattr(self.found.suv_bw, statistic) / EXPECTED[statistic] - 1

    def allowed(self, statistic: str) -> float:
        """Relative half-step: as far as the stored integers can be off."""
        return self.half_step / EXPECTED[statistic]

    def beyond(self, statistic: str) -> float:
        """The part of the error that rounding does not explain."""
        return max(0.0, abs(self.error(statistic)) - self.allowed(statistic))


def read(archive: Path) -> Reading:
    """Measure one object (ZIP of a PET and a NIfTI mask)."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
        info = next(series for series in open_study([Path(folder)]).series() if series.modality == "PT")
        volume = load(info)
        mask = read_mask(next(Path(folder).rglob("*.nii*"))).data > 0
    scales = scales_for(volume, AS_THE_FILE_SAYS)
    found = measure_roi(volume, Roi("object", MaskShape(mask, volume.geometry)), scales)
    assert volume.acquisition is not None and scales.suv is not None and found.suv_bw is not None
    steps = np.array([frame.rescale_slope or 1.0 for frame in volume.acquisition.frames]) * scales.suv.per_slice
    masked = np.where(mask, volume.data * scales.suv.per_slice[:, None, None], np.inf)
    k = int(np.unravel_index(masked.argmin(), masked.shape)[0])
    return Reading(archive.stem, volume.acquisition.units, found, float(steps.max()) / 2, float(steps[k]))


def readings(folder: Path) -> Iterator[Reading]:
    """Measure every object of a folder."""
    for archive in sorted(folder.glob("DRO_*.zip")):
        yield read(archive)


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(SHARED) / "suv_dro"
    errors_head, step_head = "error of each, %", "half a step, %   beyond, %   n for 0.20, in file"
    lines = [f"object    units   min      median   max        {errors_head:<28} {step_head}"]
    for each in readings(folder):
        numbers = "  ".join(f"{getattr(each.found.suv_bw, name):.5f}" for name in EXPECTED)
        errors = "  ".join(f"{100 * each.error(name):+.4f}" for name in EXPECTED)
        worst = max(each.beyond(name) for name in EXPECTED)
        step = 100 * each.allowed("minimum")
        lines.append(
            f"{each.name:<9} {each.units:<6} {numbers}   {errors}   {step:10.4f} of min  {100 * worst:9.4f}   "
            f"{0.20 / each.step_at_minimum:10.3f}  {each.found.suv_bw.minimum / each.step_at_minimum:7.3f}"
        )
    lines.append(f"aim: beyond at most {100 * LIMIT:g} % everywhere")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

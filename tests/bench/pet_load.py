"""Load a long PET (645 slices of 440 x 440) beside SimpleITK's reader: ``python tests/bench/pet_load.py``.

Both start from a folder of the same files and end with float32 voxels in memory; ours also reads every tag that a
number may depend on. Read in turn, three times each, warm cache; medians and their range.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition
from viewer.core.volume import Volume
from viewer.dicom.create import write_pet
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan

SHAPE = (645, 440, 440)
TIMES = 3


def write(folder: Path) -> None:
    rng = np.random.default_rng(1)
    data = rng.gamma(2.0, 500.0, SHAPE).astype(np.float32)
    geometry = Geometry.from_axes(SHAPE, (1.65, 1.65, 1.65), np.eye(3)[::-1], (-360, -360, -500), "1.2.3")
    write_pet(Volume(data, geometry, "Bq/mL"), PetAcquisition(units="BQML"), folder)


def ours(folder: Path) -> None:
    (series,) = scan([folder]).series()
    load_series(series)


def theirs(folder: Path) -> None:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    reader.SetOutputPixelType(sitk.sitkFloat32)
    reader.Execute()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pet"
        write(folder)
        seconds: dict[str, list[float]] = {"Lowfield": [], "SimpleITK": []}
        for _ in range(TIMES):
            for name, read in (("Lowfield", ours), ("SimpleITK", theirs)):
                started = time.perf_counter()
                read(folder)
                seconds[name].append(time.perf_counter() - started)
    for name, values in seconds.items():
        print(f"{name:10} {np.median(values):6.2f} s ({min(values):.2f}-{max(values):.2f})")
    print(f"ratio {np.median(seconds['Lowfield']) / np.median(seconds['SimpleITK']):.2f}")


if __name__ == "__main__":
    sys.exit(main())

"""Load a long PET (645 slices of 440 x 440) beside SimpleITK's reader: ``python tests/bench/pet_load.py``.

Both start from a folder of the same files and end with float32 voxels in memory; ours also reads and compares
every tag that a number may depend on. Read in turn, five times each, warm cache: medians and their range, of the
time on the clock and of the processors' time (steadier on a busy machine), and of the ratio of pairs read right
after each other. ``taskset -c 0`` before it gives both one core. ``--floor`` adds what nobody can do without: bare
reading of the bytes, pydicom's bare parse of the headers, filling and rescaling the voxels.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk

from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition
from viewer.core.volume import Volume
from viewer.dicom.create import write_pet
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan

SHAPE = (645, 440, 440)
TIMES = 5


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


def bytes_alone(folder: Path) -> None:
    for path in folder.iterdir():
        path.read_bytes()


def headers_by_pydicom(folder: Path) -> None:
    for path in folder.iterdir():
        pydicom.dcmread(path, stop_before_pixels=True)


def voxels_alone(folder: Path) -> None:
    data, stored = np.empty(SHAPE, np.float32), np.arange(SHAPE[1] * SHAPE[2], dtype=np.uint16).reshape(SHAPE[1:])
    for part in data:
        np.multiply(stored, 0.37, out=part, dtype=np.float64, casting="unsafe")


def measure(readers: dict[str, Callable[[Path], None]], folder: Path) -> dict[str, np.ndarray]:
    """Return per reader (times, 2) seconds: on the clock, of the processors."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for _ in range(TIMES):
        for name, read in readers.items():
            started, worked = time.perf_counter(), time.process_time()
            read(folder)
            seconds[name].append((time.perf_counter() - started, time.process_time() - worked))
    return {name: np.array(values) for name, values in seconds.items()}


def main() -> None:
    readers = {"Lowfield": ours, "SimpleITK": theirs}
    if "--floor" in sys.argv[1:]:
        readers |= {"bytes": bytes_alone, "pydicom headers": headers_by_pydicom, "voxels": voxels_alone}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pet"
        write(folder)
        seconds = measure(readers, folder)
    for name, values in seconds.items():
        (clock, work), low, high = np.median(values, axis=0), values.min(axis=0), values.max(axis=0)
        print(
            f"{name:16} {clock:6.2f} s ({low[0]:.2f}-{high[0]:.2f}), "
            f"processors {work:6.2f} s ({low[1]:.2f}-{high[1]:.2f})"
        )
    for kind, column in (("clock", 0), ("processors", 1)):
        pairs = seconds["Lowfield"][:, column] / seconds["SimpleITK"][:, column]
        whole = np.median(seconds["Lowfield"][:, column]) / np.median(seconds["SimpleITK"][:, column])
        print(f"ratio ({kind}) {whole:.2f} ({pairs.min():.2f}-{pairs.max():.2f})")


if __name__ == "__main__":
    sys.exit(main())

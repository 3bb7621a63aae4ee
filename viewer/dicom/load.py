"""A series of the index to a volume: every slice decoded, rescaled with its own factors and put in its place."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.core.progress import Progress, silent
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.dicom.archive import shown
from viewer.dicom.grid import geometry, is_regular, positions, same_axes
from viewer.dicom.guard import read_header
from viewer.dicom.headers import Headers
from viewer.dicom.origin import origin_of
from viewer.dicom.pet import read_acquisition
from viewer.dicom.planes import Plane
from viewer.dicom.rescale import Rescale, unit_of
from viewer.dicom.slices import SLICE_TAGS, SliceFile
from viewer.dicom.throttle import Throttle
from viewer.dicom.words import listed

THREADS = 2
BATCH_BYTES = 8 << 20
"""Of float32 voxels that a thread loads in one go: headers first, then pixels, each with the caches to itself."""
CHANGED_HINT = "Open the folder again."
OnSlice = Callable[[int, NDArray[np.float32]], None]


@dataclass(frozen=True)
class _Slice:
    """What loading one slice leaves behind besides its numbers."""

    plane: Plane
    rescale: Rescale
    header: Dataset
    lossy: bool
    inverted: bool
    padding: int


def load_series(info: SeriesInfo, progress: Progress = silent, on_slice: OnSlice | None = None) -> Volume:
    """Load a viewable series: float32 (slices, rows, columns) on its exact LPS grid; PET with its acquisition.

    ``on_slice(k, values)`` is called in the caller's thread as slices arrive, the middle one first. Raises
    `LowfieldError` naming the file that cannot be read, and `Cancelled` out of ``progress``.
    """
    _require_viewable(info)
    with _named_as_opened():
        return _load(info, Throttle(progress), on_slice)


@contextmanager
def _named_as_opened() -> Iterator[None]:
    """Let errors name a file out of a ZIP by the ZIP's name, not by where it was unpacked."""
    try:
        yield
    except LowfieldError as error:
        where = shown(Path(error.where)) if error.where else ""
        raise LowfieldError(error.what, where=where, hint=error.hint) from error


def _load(info: SeriesInfo, progress: Progress, on_slice: OnSlice | None) -> Volume:
    data = _room(info.shape)
    slices = _load_all(info, data, progress, on_slice)
    planes = [one.plane for one in slices]
    _require_regular(planes)
    middle = slices[len(slices) // 2]
    header = middle.header if info.modality == "PT" else read_header(middle.plane.path)
    acquisition = _acquisition(slices) if info.modality == "PT" else None
    unit, warnings = _meaning(slices, info, acquisition)
    return Volume(
        data=data,
        geometry=geometry(planes, info.shape[1:], info.frame_of_reference_uid),
        unit=unit,
        origin=origin_of(header, max(0, middle.plane.frame), info, any(one.lossy for one in slices)),
        warnings=tuple(dict.fromkeys((*info.warnings, *warnings))),
        acquisition=acquisition,
        slice_names=tuple(plane.name for plane in planes),
    )


def load_slice(info: SeriesInfo, k: int) -> NDArray[np.float32]:
    """Load slice ``k`` alone: rescaled values (rows, columns), for a thumbnail or a first image."""
    _require_viewable(info)
    addresses = list(_addresses(info))
    if not 0 <= k < len(addresses):
        raise LowfieldError(f"has no slice {k + 1}, only {len(addresses)}.", where=info.description)
    path, frame = addresses[k]
    out = np.empty(info.shape[1:], np.float32)
    with _named_as_opened():
        SliceFile.open(path).read(frame, out)
    return out


def _require_viewable(info: SeriesInfo) -> None:
    if not info.viewable:
        reasons = (warning for warning in info.warnings if warning.startswith("Cannot be shown"))
        raise LowfieldError(next(reasons, "Cannot be shown."), where=info.description or info.series_uid)


def _room(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    try:
        return np.empty(shape, np.float32)
    except MemoryError as error:
        size = np.prod(shape, dtype=float) * 4 / 2**30
        raise LowfieldError(f"The series needs {size:.1f} GiB of memory, more than is free.") from error


def _addresses(info: SeriesInfo) -> Iterator[tuple[Path, int]]:
    """Yield (file, frame) in slice order."""
    frames = info.frames or (range(info.shape[0]) if len(info.files) == 1 else (0,) * len(info.files))
    files = info.files if len(info.files) > 1 else info.files * len(frames)
    yield from zip(files, frames)


def _load_all(
    info: SeriesInfo, data: NDArray[np.float32], progress: Progress, on_slice: OnSlice | None
) -> list[_Slice]:
    addresses = list(_addresses(info))
    headers = Headers(None if info.modality == "PT" else SLICE_TAGS)
    shared = SliceFile.open(info.files[0], headers) if len(info.files) == 1 else None

    def load(numbers: Sequence[int]) -> list[_Slice]:
        files = [shared or SliceFile.open(addresses[k][0], headers) for k in numbers]
        return [_read(file, addresses[k][1], data[k]) for file, k in zip(files, numbers)]

    slices: dict[int, _Slice] = {}

    def finish(numbers: Sequence[int], loaded: list[_Slice]) -> None:
        for k, one in zip(numbers, loaded):
            slices[k] = one
            if on_slice:
                on_slice(k, data[k])
        name = info.description or info.modality
        progress(len(slices) / len(addresses), f"Loading {name}: {len(slices)} of {len(addresses)}")

    first, *others = _batches(info.shape)
    finish(first, load(first))
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="lowfield-load")
    try:
        tasks = {executor.submit(load, numbers): numbers for numbers in others}
        for task in as_completed(tasks):
            finish(tasks[task], task.result())
    finally:
        executor.shutdown(cancel_futures=True)
    return [slices[k] for k in range(len(addresses))]


def _batches(shape: tuple[int, int, int]) -> list[Sequence[int]]:
    """Share the slices out: the middle one, to be seen first, then batches in order."""
    middle = shape[0] // 2
    others = [k for k in range(shape[0]) if k != middle]
    size = max(1, BATCH_BYTES // max(1, 4 * shape[1] * shape[2]))
    return [(middle,), *(tuple(others[start : start + size]) for start in range(0, len(others), size))]


def _read(file: SliceFile, frame: int, out: NDArray[np.float32]) -> _Slice:
    rescale = file.rescale(frame)
    padding = file.read(frame, out, rescale)
    return _Slice(
        plane=file.planes[frame],
        rescale=rescale,
        header=file.header,
        lossy=file.lossy,
        inverted=file.format.photometric == "MONOCHROME1",
        padding=padding,
    )


def _require_regular(planes: list[Plane]) -> None:
    """The scan sorted the files; make sure they are still what it saw."""
    alike = all(same_axes(planes[0], p) and p.spacing_mm == planes[0].spacing_mm for p in planes)
    if not alike or not is_regular(positions(planes)):
        where = planes[0].path.parent
        raise LowfieldError("The slices are not where the index says.", where=where, hint=CHANGED_HINT)


def _acquisition(slices: list[_Slice]) -> PetAcquisition:
    headers, names = [one.header for one in slices], [one.plane.name for one in slices]
    frames = [max(0, one.plane.frame) for one in slices]
    if len(headers) > 1 and all(header is headers[0] for header in headers):
        return read_acquisition(headers[:1], frames, names)
    return read_acquisition(headers, names=names)


def _meaning(slices: list[_Slice], info: SeriesInfo, acquisition: PetAcquisition | None) -> tuple[str, list[str]]:
    """Return the unit of the values, and what the user should know about them."""
    warnings = []
    if acquisition is not None:
        unit = acquisition.units
        if any(one.rescale.intercept for one in slices):
            warnings.append("RescaleIntercept is not zero, which PET does not allow; it was applied.")
    else:
        kinds, stated = {one.rescale.kind for one in slices}, all(one.rescale.stated for one in slices)
        unit, warning = unit_of(info.modality, kinds, stated)
        warnings += [warning] if warning else []
    if zero := [one.plane.name for one in slices if one.rescale.slope == 0]:
        warnings.append(f"RescaleSlope is 0, so all values are alike, in {listed(zero)}.")
    if any(one.inverted for one in slices):
        warnings.append("The images are stored for inverted display (MONOCHROME1); the values are as stored.")
    if padding := sum(one.padding for one in slices):
        share = 100 * padding / np.prod(info.shape)
        warnings.append(f"{share:.1f} % of the pixels hold the padding value; they lie outside the scanned field.")
    return unit, warnings

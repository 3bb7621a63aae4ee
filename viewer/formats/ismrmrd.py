"""ISMRMRD (MRD 1) files: HDF5 with images (``image_N/{data,header,attributes}``) or raw readouts (``data``,
``xml``).

Format: Inati et al., Magn Reson Med 2017;77:411, and ismrmrd.readthedocs.io. Positions and directions are LPS mm.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.formats import cartesian, hdf5, pictures
from viewer.formats.entry import HINT, Entry
from viewer.formats.mrdheader import NO_HEADER, Header, meta_values, parse_header
from viewer.formats.mrdplace import Place
from viewer.formats.pictures import LABELS, Picture, Stack
from viewer.formats.readouts import Readout

RAW, IMAGE = "raw ", "image "
MOST_PICTURES = 100_000
MOST_READOUTS = 4_000_000
BLOCK = 256


def entries(path: Path) -> list[Entry]:
    """List the images and reconstructions of a file; reads headers only."""
    with hdf5.opened(path) as file:
        group = _dataset(file, path)
        header = _header(group, path)
        made = _stacks(group, header, path)
        found = [_named(each, IMAGE) for each in pictures.entries(made, header, path)]
        if isinstance(hdf5.member(group, "data"), h5py.Dataset):
            heads = _heads(group, path)
            found += [_named(each, RAW) for each in cartesian.entries(heads, header, path)]
    if not found:
        raise LowfieldError("holds neither images nor raw readouts.", where=path, hint=HINT)
    return found


def load(path: Path, item: str, progress: Progress) -> Volume:
    """Read an image (complex64, or float32 where it is real) or reconstruct raw readouts (complex64)."""
    with hdf5.opened(path) as file:
        group = _dataset(file, path)
        header = _header(group, path)
        progress(0.05, f"Reading {path.name}")
        if item.startswith(RAW):
            return cartesian.volume(_readouts(group, path), item.removeprefix(RAW), header, path, progress)
        return pictures.volume(_stacks(group, header, path), item.removeprefix(IMAGE), header, path)


def _named(entry: Entry, prefix: str) -> Entry:
    return Entry(**{**vars(entry), "item": prefix + entry.item})


def _dataset(file: Any, path: Path) -> Any:
    """Return the group of the data set: ``dataset``, or the only one that looks like it."""
    named = hdf5.member(file, "dataset")
    groups = [named] if named is not None else [hdf5.member(file, name) for name in file]
    fitting = [group for group in groups if isinstance(group, h5py.Group) and _looks_right(group)]
    if len(fitting) != 1:
        raise LowfieldError(
            "holds no ISMRMRD data set.", where=path, hint="Only ISMRMRD and MATLAB HDF5 are read."
        )
    return fitting[0]


def _looks_right(group: Any) -> bool:
    return "data" in group or "xml" in group or any(_is_image(group, name) for name in group)


def _is_image(group: Any, name: str) -> bool:
    member = hdf5.member(group, name)
    return isinstance(member, h5py.Group) and "data" in member and "header" in member


def _header(group: Any, path: Path) -> Header:
    if "xml" not in group:
        return NO_HEADER
    stored = hdf5.checked(group, "xml", path)[()]
    text = np.asarray(stored).ravel()[0] if np.asarray(stored).size else b""
    return parse_header(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text), path)


def _stacks(group: Any, header: Header, path: Path) -> list[Stack]:
    found: list[Picture] = []
    for name in sorted(name for name in group if _is_image(group, name)):
        found += _pictures(hdf5.member(group, name), name, path)
    return pictures.stacks(found, header)


def _pictures(group: Any, name: str, path: Path) -> list[Picture]:
    heads = hdf5.read(group, "header", path).ravel()
    data = hdf5.checked(group, "data", path)
    if data.ndim != 5 or len(data) != len(heads) or len(heads) > MOST_PICTURES:
        raise LowfieldError(f"'{name}' does not hold one image for each header.", where=path, hint=HINT)
    metas = _attributes(group, len(heads), path)
    return [_picture(heads[n], meta_values(metas[n]), name, data, n) for n in range(len(heads))]


def _attributes(group: Any, count: int, path: Path) -> list[str]:
    if "attributes" not in group:
        return [""] * count
    stored = np.asarray(hdf5.checked(group, "attributes", path)[()]).ravel()
    texts = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in stored]
    return texts if len(texts) == count else [""] * count


def _picture(head: Any, meta: dict[str, tuple[str, ...]], name: str, data: Any, n: int) -> Picture:
    _, channels, z, y, x = (int(size) for size in data.shape)
    fov = np.asarray(head["field_of_view"], float)
    return Picture(
        series=name,
        kind=int(head["image_type"]),
        labels=tuple(int(head[label]) for label in LABELS),
        slice=int(head["slice"]),
        channels=channels,
        shape=(z, y, x),
        place=Place(
            center=np.asarray(head["position"], float),
            along_x=_direction(meta, "ImageRowDir", head["read_dir"]),
            along_y=_direction(meta, "ImageColumnDir", head["phase_dir"]),
            along_z=_direction(meta, "ImageSliceDir", head["slice_dir"]),
            voxel_mm=(float(fov[0]) / x, float(fov[1]) / y, float(fov[2]) / z),
        ),
        description="_".join(meta.get("SeriesDescription", ())),
        slope=_number(meta, "RescaleSlope", 1.0),
        intercept=_number(meta, "RescaleIntercept", 0.0),
        read=_reader(data, n),
    )


def _reader(data: Any, n: int) -> Callable[[], NDArray[Any]]:
    def read() -> NDArray[Any]:
        array = np.asarray(data[n])
        if array.dtype.names == ("real", "imag"):
            array = array["real"] + 1j * array["imag"]
        if array.dtype.kind not in "biufc":
            raise ValueError("not numbers")
        return array

    return read


def _direction(meta: dict[str, tuple[str, ...]], name: str, otherwise: Any) -> NDArray[np.float64]:
    """Return a direction of the MetaAttributes, which outrank the header's once an image was flipped or turned."""
    try:
        stated = np.asarray([float(each) for each in meta.get(name, ())])
    except ValueError:
        stated = np.empty(0)
    return stated if stated.shape == (3,) else np.asarray(otherwise, float)


def _number(meta: dict[str, tuple[str, ...]], name: str, otherwise: float) -> float:
    try:
        value = float(meta[name][0])
    except (LookupError, ValueError):
        return otherwise
    return value if np.isfinite(value) else otherwise


def _heads(group: Any, path: Path) -> list[Readout]:
    dataset = hdf5.checked(group, "data", path)
    if dataset.size > MOST_READOUTS:
        raise LowfieldError(f"holds more than {MOST_READOUTS} readouts.", where=path)
    return [_readout(head, None) for head in np.asarray(dataset["head"]).ravel()]


def _readouts(group: Any, path: Path) -> list[Readout]:
    dataset = hdf5.checked(group, "data", path)
    blocks = (dataset[start : start + BLOCK] for start in range(0, len(dataset), BLOCK))
    return [_readout(record["head"], record["data"]) for block in blocks for record in block]


def _readout(head: Any, data: Any) -> Readout:
    """Turn a record into a readout: samples are stored as real, imaginary, ... for one channel after another."""
    index, channels, count = head["idx"], int(head["active_channels"]), int(head["number_of_samples"])
    vector: Callable[[str], NDArray[np.float64]] = lambda name: np.asarray(head[name], float)  # noqa: E731
    samples = None
    if data is not None:
        values = np.asarray(data, np.float32)
        if values.size != 2 * channels * count:
            raise ValueError("a readout is not of the size its header states")
        samples = values.view(np.complex64).reshape(channels, count)
    return Readout(
        flags=int(head["flags"]),
        steps=(int(index["kspace_encode_step_1"]), int(index["kspace_encode_step_2"])),
        average=int(index["average"]),
        slice=int(index["slice"]),
        labels=tuple(int(index[label]) for label in ("contrast", "phase", "repetition", "set")),
        encoding=int(head["encoding_space_ref"]),
        channels=channels,
        count=count,
        center=int(head["center_sample"]),
        discard=(int(head["discard_pre"]), int(head["discard_post"])),
        sample_time_us=float(head["sample_time_us"]),
        position=vector("position"),
        directions=(vector("read_dir"), vector("phase_dir"), vector("slice_dir")),
        samples=samples,
    )

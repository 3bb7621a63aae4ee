"""Read the open volumes that a recipe names and turn them into clean reference stacks on their native grid."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from numpy.typing import NDArray
from scipy import fft
from scipy import io as matlab

from viewer.core.errors import LowfieldError

Floats = NDArray[np.float32]


def read_volume(path: Path) -> Floats:
    """Read one volume as (slices, rows, columns) float32 magnitudes; the type follows the file's name."""
    readers = {".gz": _nifti, ".xz": _dicom_tar, ".mat": _matlab, ".nrrd": _nrrd}
    if path.suffix not in readers or not path.is_file():
        raise LowfieldError("This training volume cannot be read.", where=path)
    return np.ascontiguousarray(readers[path.suffix](path), dtype=np.float32)


def _nifti(path: Path) -> NDArray[Any]:
    return np.asarray(nibabel.load(path).dataobj).transpose(2, 1, 0)  # type: ignore[attr-defined]


def _matlab(path: Path) -> NDArray[Any]:
    return np.asarray(np.abs(matlab.loadmat(path)["image"])).transpose(2, 0, 1)


def _dicom_tar(path: Path) -> NDArray[Any]:
    """Read a tar of one classic DICOM series, slices sorted along the normal (PS3.3 C.7.6.2.1.1)."""
    with tarfile.open(path) as archive:
        files = [archive.extractfile(member) for member in archive if member.isfile()]
        slices = [pydicom.dcmread(io.BytesIO(file.read())) for file in files if file]
    axes = np.asarray(slices[0].ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(*axes)
    slices.sort(key=lambda s: float(normal @ np.asarray(s.ImagePositionPatient, float)))
    return np.stack([s.pixel_array.astype(np.float32) * float(s.get("RescaleSlope", 1)) for s in slices])


def _nrrd(path: Path) -> NDArray[Any]:
    """Read a gzipped little-endian short NRRD, the only kind that a recipe names."""
    header, _, body = path.read_bytes().partition(b"\n\n")
    lines = dict(line.split(": ", 1) for line in header.decode("latin-1").splitlines() if ": " in line)
    if (lines["type"], lines["encoding"]) != ("short", "gzip"):
        raise LowfieldError("Only gzipped short NRRD is read here.", where=path)
    shape = [int(n) for n in lines["sizes"].split()][::-1]
    return np.frombuffer(gzip.decompress(body), "<i2").reshape(shape)


def fourier_crop(stack: Floats, scale: float) -> Floats:
    """Resample (slices, rows, columns) in plane by cropping its k-space to ``scale`` of its width.

    It undoes zero-filling and averages noise away, as a scanner with larger voxels would.
    """
    rows, columns = (2 * round(n * scale / 2) for n in stack.shape[1:])
    spectrum = fft.fftshift(fft.fft2(stack, axes=(1, 2)), axes=(1, 2))
    r, c = stack.shape[1] // 2 - rows // 2, stack.shape[2] // 2 - columns // 2
    cropped = fft.ifftshift(spectrum[:, r : r + rows, c : c + columns], axes=(1, 2))
    gain = rows * columns / (stack.shape[1] * stack.shape[2])
    return np.asarray(np.abs(fft.ifft2(cropped, axes=(1, 2)) * gain), dtype=np.float32)


def thicken(stack: Floats, voxels: int) -> Floats:
    """Average groups of ``voxels`` slices: thick slices from a thin-sliced volume."""
    count = len(stack) // voxels
    return np.asarray(stack[: count * voxels].reshape(count, voxels, *stack.shape[1:]).mean(axis=1))


def references(entry: dict[str, Any], data: Path) -> list[Floats]:
    """Return the clean stacks that one recipe entry asks for, each scaled so that its 99.5th percentile is 1.

    Entry: ``path``; ``scales`` (k-space crops, see `fourier_crop`); optional ``slices`` [first, last),
    ``axes`` (slicing axes, for isotropic volumes) and ``thick`` (slices averaged).
    """
    volume = read_volume(data / entry["path"])
    first, last = entry.get("slices", (0, len(volume)))
    volume = volume[first:last]
    stacks = []
    for axis in entry.get("axes", [0]):
        turned = thicken(np.moveaxis(volume, axis, 0), entry.get("thick", 1))
        stacks += [fourier_crop(turned, scale) for scale in entry["scales"]]
    return [stack / np.float32(np.percentile(stack, 99.5)) for stack in stacks]

"""NIfTI-1 and -2 files (.nii, .nii.gz) to volumes and back.

NIfTI indexes voxels (i, j, k), first axis fastest, and places them in RAS mm. A `Volume` indexes them (slices,
rows, columns) = (k, j, i) and places them in LPS mm. So the array is transposed, the affine's columns are
reversed and its first two rows change sign; nothing is resampled, an oblique grid stays oblique. The orientation
is the one nibabel picks: sform where its code is set, else qform, else none.
"""

import logging
import uuid
import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.nifti1 import Nifti1Image, Nifti1Pair
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Origin, Volume
from viewer.formats.assumed import NO_ORIENTATION

SUFFIXES = (".nii.gz", ".nii")
LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
REVERSED = [2, 1, 0, 3]
"""Columns of an (i, j, k, 1) affine in (k, j, i, 1) order, and the other way round."""
make_image: Any = Nifti1Image  # nibabel has no types for it
MM = {"meter": 1000.0, "micron": 0.001}
MOST_COMPRESSION = 1100
"""Deflate cannot shrink data by more than 1032; a file that promises more is damaged or made to harm."""
logging.getLogger("nibabel").setLevel(logging.CRITICAL)  # its header complaints go to stderr; ours are warnings
UNREADABLE = (ImageFileError, HeaderDataError, OSError, EOFError, ValueError, TypeError, zlib.error, OverflowError)
SCANNER, ALIGNED = 1, 2
"""sform and qform codes of the NIfTI standard."""
UNORIENTED = b"Lowfield, orientation unknown"
COLOURS = "holds colours, not measured values."
HINT = "Copy it again from its source, or open it in the program that wrote it."


def read_nifti(path: Path, volume: int | None = None) -> Volume:
    """Read one image: real voxels as float32 (scaled by slope and intercept), complex as complex64; unit unknown.

    Two dimensions become one slice, trailing axes of length one are dropped. Of a file of several volumes
    ``volume`` names one, from 0. Raises `LowfieldError` for files that are damaged, hold colours, or hold several
    volumes when none is named. Voxels that are not finite stay and are warned about.
    """
    image = open_image(path)
    _require_one(image, path, volume)
    dtype = image.get_data_dtype()
    if dtype.fields is not None:
        raise LowfieldError(COLOURS, where=path)
    wanted = np.complex64 if dtype.kind == "c" else np.float32
    data = _voxels(image, path, wanted, volume or 0)
    warnings = []
    bad = data.size - np.count_nonzero(np.isfinite(data))
    if bad:
        warnings.append(f"{bad} voxels of {path.name} are not finite numbers.")
    return _volume(data, image, path, warnings)


def read_mask(path: Path) -> Volume:
    """Read labels: 0 is outside, every other whole number one region. uint8 where they fit, else int32.

    Raises `LowfieldError` where the file holds anything but whole numbers.
    """
    image = open_image(path)
    _require_one(image, path, None)
    if image.get_data_dtype().kind not in "iufb":
        raise LowfieldError("is no mask: its voxels are not numbers.", where=path)
    data = _voxels(image, path)
    limits = np.iinfo(np.int32)
    if not np.isfinite(data).all() or (data != np.rint(data)).any():
        raise LowfieldError("is no mask: it holds values that are not whole numbers.", where=path)
    if data.min() < limits.min or data.max() > limits.max:
        raise LowfieldError("is no mask: its labels are too large.", where=path)
    fits = data.min() >= 0 and data.max() <= 255
    return _volume(data.astype(np.uint8 if fits else np.int32), image, path, [])


def write_nifti(volume: Volume, path: Path) -> None:
    """Write a volume in RAS mm: float32 or complex64, whole-number data in its own type; all or nothing.

    An existing file is replaced. qform and sform both say "scanner"; a sheared grid (gantry tilt) has only sform.
    Where the orientation is a guess they say "aligned" (to the source), and the description says so.
    """
    if not path.name.endswith(SUFFIXES):
        raise LowfieldError("is no NIfTI name.", where=path, hint="Choose a name that ends in .nii.gz or .nii.")
    affine = LPS_FROM_RAS @ volume.geometry.affine[:, REVERSED]
    image = make_image(_storable(volume.data).transpose(2, 1, 0), affine)
    image.header.set_xyzt_units("mm")
    known = volume.origin.orientation_known
    image.header["descrip"] = b"Lowfield" if known else UNORIENTED
    code = SCANNER if known else ALIGNED
    image.set_sform(affine, code=code)
    image.set_qform(affine if volume.geometry.is_orthogonal else None, code=code * volume.geometry.is_orthogonal)
    _replace(image, path)


def volumes_in(image: Any) -> int:
    """Return how many volumes an opened image holds."""
    return int(np.prod(image.shape[3:], dtype=np.int64))


def open_image(path: Path) -> Any:
    """Read the header of a NIfTI image (`Nifti1Pair` or its kin); the voxels stay on disk."""
    if not path.is_file():
        raise LowfieldError("does not exist.", where=path)
    try:
        image: Any = nibabel.load(path, mmap=False)
        shape = image.shape
    except UNREADABLE as error:
        raise LowfieldError("is not a readable NIfTI file.", where=path, hint=HINT) from error
    if not isinstance(image, Nifti1Pair):  # NIfTI-2 images are kin of it
        raise LowfieldError("is not a NIfTI file.", where=path)
    if len(shape) < 2 or min(shape) < 1:
        raise LowfieldError("holds no image.", where=path)
    return image


def _require_one(image: Any, path: Path, volume: int | None) -> None:
    count = volumes_in(image)
    if volume is None and count > 1:
        hint = "Pick one volume and save it as a file of its own."
        raise LowfieldError(f"holds {count} volumes.", where=path, hint=hint)
    if not 0 <= (volume or 0) < count:
        raise LowfieldError(f"has no volume {(volume or 0) + 1}.", where=path, hint="Open the file again.")


def _voxels(image: Any, path: Path, precision: type | None = None, volume: int = 0) -> NDArray[Any]:
    """Return scaled voxels (slices, rows, columns) of one volume, after checking that the file can hold them all.

    Integers with a slope come as float64, twice the memory, unless another ``precision`` will do.
    """
    promised = int(np.prod(image.shape, dtype=np.float64)) * image.get_data_dtype().itemsize
    voxels = Path(image.file_map["image"].filename)
    if promised > voxels.stat().st_size * (MOST_COMPRESSION if voxels.suffix == ".gz" else 1):
        raise LowfieldError("is truncated: it holds less than its header promises.", where=path, hint=HINT)
    try:
        which = np.unravel_index(volume, image.shape[3:], order="F") if image.shape[3:] else ()
        stored = image.dataobj[(..., *which)] if volumes_in(image) > 1 else image.dataobj
        data = np.asarray(stored, dtype=precision)
    except UNREADABLE as error:
        raise LowfieldError("is damaged: its voxels cannot be read.", where=path, hint=HINT) from error
    spatial = (*image.shape, 1)[:3]
    return np.ascontiguousarray(data.reshape(spatial, order="F").T)


def _volume(data: NDArray[Any], image: Any, path: Path, warnings: list[str]) -> Volume:
    geometry = geometry_of(image, path, warnings)
    return Volume(
        data=data,
        geometry=geometry,
        origin=Origin(
            source=path.name,
            series_description=bare_name(path),
            orientation_known=NO_ORIENTATION not in warnings,
        ),
        warnings=tuple(warnings),
        slice_names=tuple(f"{path.name}, slice {k + 1}" for k in range(data.shape[0])),
    )


def bare_name(path: Path) -> str:
    """Return the name without its suffixes."""
    suffix = next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), "")
    return path.name[: len(path.name) - len(suffix)]


def geometry_of(image: Any, path: Path, warnings: list[str]) -> Geometry:
    """Return the grid of one volume of an opened image, adding what had to be assumed to ``warnings``."""
    i, j, k = (*image.shape, 1)[:3]
    try:
        return Geometry((k, j, i), LPS_FROM_RAS @ _affine(image, warnings)[:, REVERSED])
    except LowfieldError as error:
        raise LowfieldError(error.what, where=path, hint=HINT) from error


def _affine(image: Any, warnings: list[str]) -> NDArray[np.float64]:
    """Return the (i, j, k) to RAS mm affine, saying what had to be assumed."""
    header, affine = image.header, np.array(image.affine, dtype=np.float64)
    unknown = bytes(header["descrip"]).startswith(UNORIENTED)
    if unknown or not (header["sform_code"] or header["qform_code"]):
        warnings.append(NO_ORIENTATION)
    unit = header.get_xyzt_units()[0]
    if unit in MM:
        affine[:3] *= MM[unit]
        warnings.append(f"The file is in units of {unit}; it was converted to millimetres.")
    if len(image.shape) == 2 and not np.linalg.norm(affine[:3, 2]):
        normal = np.cross(affine[:3, 0], affine[:3, 1])
        affine[:3, 2] = normal / (np.linalg.norm(normal) or 1.0)
        warnings.append("The file states no slice thickness: 1 mm is assumed.")
    return affine


def _storable(data: NDArray[Any]) -> NDArray[Any]:
    if data.dtype.kind in "biu":
        return data.astype(np.uint8 if data.dtype in (np.bool_, np.uint8) else np.int32, copy=False)
    return data.astype(np.complex64 if data.dtype.kind == "c" else np.float32, copy=False)


def _replace(image: Any, path: Path) -> None:
    """Write beside ``path`` and rename, so that a failure leaves what was there."""
    suffix = next(suffix for suffix in SUFFIXES if path.name.endswith(suffix))
    temporary = path.with_name(f".{uuid.uuid4().hex}{suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.to_filename(temporary)
        temporary.replace(path)
    except OSError as error:
        raise LowfieldError(f"cannot be written ({error.strerror}).", where=path) from error
    finally:
        temporary.unlink(missing_ok=True)

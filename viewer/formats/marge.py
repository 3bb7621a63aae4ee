"""Raw data of MaRGE / PhysioMRI consoles (github.com/josalggui/MaRGE): k-space in a MATLAB file → complex volume.

Axes: k-space is (slice, phase, readout); ``nPoints`` counts (readout, phase, slice); ``axesOrientation`` says
which gradient axis (0 x, 1 y, 2 z) each of them is; ``fov`` (cm) and ``dfov`` (mm) are in gradient axes x, y, z.
The console's own DICOM export takes x as feet, y as back and z as left, for a patient who lies feet first,
supine. Images are unitary Fourier transforms: the console's ``image3D`` times the square root of its number of
points.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.progress import Progress
from viewer.core.volume import Origin, Volume
from viewer.formats.assumed import grid_around
from viewer.formats.entry import HINT, Entry
from viewer.formats.fourier import filled_share, single, to_image
from viewer.formats.marge_noise import noise_sigma
from viewer.formats.matfile import MatFile, open_mat

MHZ_PER_TESLA = 42.577
LPS_OF_GRADIENT = ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
"""Where the gradient axes x, y, z point in the patient, feet first and supine."""
SOURCES = (
    ("kSpace3D_odd_echoes", "sampled_odd", "odd echoes"),
    ("kSpace3D_even_echoes", "sampled_eve", "even echoes"),
    ("kSpace3D", "sampledCartesian", ""),
)
"""(k-space, the same as a list of samples, name): sequences of two images keep both, with noise of their own."""
ORIENTATION = (
    "The file does not state how the patient lay: feet first and supine is assumed, as in the console's DICOM. "
    "Check left and right."
)
MAGNITUDE = "The console joined the two echo images as magnitudes, so this image has no phase; its parts have."
REAL_PART = 1e-5
"""An image whose imaginary part is below this share of its maximum is real."""


@dataclass(frozen=True)
class Scan:
    """What all images of a file share; sizes and lengths in (slice, phase, readout) order."""

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    axes: tuple[int, int, int]
    shift_mm: tuple[float, float, float]
    """``dfov``, in gradient axes x, y, z."""
    warnings: tuple[str, ...]


def is_marge(file: MatFile) -> bool:
    """Whether a MATLAB file comes from such a console."""
    return "nPoints" in file.shapes and any(a in file.shapes or b in file.shapes for a, b, _ in SOURCES)


def entries(file: MatFile) -> list[Entry]:
    """List the images: both echo images where the sequence keeps them apart, and the one of all."""
    scan = _scan(file)
    return [
        Entry(item, f"{file.path.stem} {label}".strip(), scan.shape, scan.spacing_mm, warnings=scan.warnings)
        for item, label in _items(file)
    ]


def load(path: Path, item: str, progress: Progress) -> Volume:
    """Read one image: complex64, or float32 where the console kept only magnitudes; sigma where it is certain."""
    file = open_mat(path)
    scan, items = _scan(file), dict(_items(file))
    if item not in items:
        raise LowfieldError(f"has no image '{item}'.", where=path, hint="Open the file again.")
    progress(0.1, f"Reading {path.name}")
    kspace = _kspace(file, item, scan)
    progress(0.6, "Reconstructing")
    data, told = _image(kspace)
    sigma, about_noise = noise_sigma(file, kspace) if np.iscomplexobj(data) else (None, "")
    return Volume(
        data,
        _geometry(scan),
        origin=_origin(file, f"{path.stem} {items[item]}".strip()),
        warnings=(*told, *filter(None, (about_noise,)), *scan.warnings),
        slice_names=tuple(f"{path.name}, slice {k + 1}" for k in range(scan.shape[0])),
        noise_sigma=sigma,
    )


def _items(file: MatFile) -> list[tuple[str, str]]:
    """Return (variable, label) of the images that the file holds."""
    found = []
    for kspace, samples, label in SOURCES:
        name = next((name for name in (kspace, samples) if name in file.shapes), "")
        if name:
            found.append((name, label))
    return [(n, label or "combined") for n, label in found] if len(found) > 1 else found


def _scan(file: MatFile) -> Scan:
    points, fov, axes = (file.small(name) for name in ("nPoints", "fov", "axesOrientation"))
    if points is None or len(points) != 3 or not all(n == int(n) and 1 <= n <= 65535 for n in points.real):
        raise LowfieldError("states no number of points (nPoints).", where=file.path, hint=HINT)
    warnings = []
    if axes is None or sorted(axes.real.astype(int)) != [0, 1, 2]:
        axes = np.array([2, 1, 0])
        warnings.append("The file states no axesOrientation: readout along z and phase along y are assumed.")
    order = [int(n) for n in axes.real]
    size = [int(n) for n in points.real]
    shape = (size[2], size[1], size[0])
    if fov is None or len(fov) != 3 or not (np.isfinite(fov).all() and (fov.real > 0).all()):
        spacing = (1.0, 1.0, 1.0)
        warnings.append("The file states no field of view (fov): voxels of 1 mm are assumed; measure no lengths.")
    else:
        steps = [10 * float(fov.real[axis]) / n for axis, n in zip(order, size)]  # cm to mm
        spacing = (steps[2], steps[1], steps[0])
    shift = file.small("dfov")
    if shift is None or len(shift) != 3 or not np.isfinite(shift).all():
        shift = np.zeros(3)
        warnings.append("The file states no shift (dfov): the image is centred on the gradients' isocentre.")
    place = (float(shift[0].real), float(shift[1].real), float(shift[2].real))
    return Scan(shape, spacing, (order[2], order[1], order[0]), place, (*warnings, ORIENTATION))


def _geometry(scan: Scan) -> Geometry:
    directions = tuple(LPS_OF_GRADIENT[axis] for axis in scan.axes)
    centre = np.asarray(scan.shift_mm) @ np.asarray(LPS_OF_GRADIENT)
    return grid_around(scan.shape, scan.spacing_mm, directions, tuple(centre.tolist()))


def _kspace(file: MatFile, name: str, scan: Scan) -> NDArray[Any]:
    """Return k-space (slice, phase, readout) from a cube or from a list of samples [k_rd, k_ph, k_sl, signal]."""
    array = file.read(name)
    if array.ndim == 2 and array.shape == (int(np.prod(scan.shape)), 4):
        _require_order(array, scan, file.path)
        array = array[:, 3]
    if array.size != int(np.prod(scan.shape)):
        raise LowfieldError(
            f"'{name}' does not hold the points that nPoints promises.", where=file.path, hint=HINT
        )
    array = single(array)
    if not np.isfinite(array).all():
        raise LowfieldError(f"'{name}' holds values that are not finite numbers.", where=file.path)
    return np.asarray(array.reshape(scan.shape))


def _require_order(samples: NDArray[Any], scan: Scan, path: Path) -> None:
    """The samples must lie on a grid, readout fastest."""
    k = samples[:, :3].real.reshape(*scan.shape, 3)
    spans = np.ptp(k.reshape(-1, 3), axis=0) + 1e-30
    readout, phase, partition = k[..., 0], k[..., 1], k[..., 2]
    regular = (
        np.allclose(readout, readout[:1, :1], atol=1e-3 * spans[0])
        and np.allclose(phase, phase[:1, :, :1], atol=1e-3 * spans[1])
        and np.allclose(partition, partition[:, :1, :1], atol=1e-3 * spans[2])
    )
    if not regular:
        raise LowfieldError(
            "is no Cartesian scan: its samples do not lie on a grid.",
            where=path,
            hint="Reconstruct it at the console and open its DICOM.",
        )


def _image(kspace: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    told = []
    for axis, name in enumerate(("slice", "phase", "readout")):
        share = filled_share(kspace, axis)
        if share < 1:
            told.append(
                f"Partial Fourier: {100 * share:.1f} % of k-space is measured along {name}, the rest is zero."
            )
    image = to_image(kspace, (0, 1, 2))
    peak = float(np.abs(image).max())
    if float(np.abs(image.imag).max()) <= REAL_PART * peak and float(image.real.min()) >= -REAL_PART * peak:
        return np.maximum(image.real, 0).astype(np.float32), [*told, MAGNITUDE]
    return image, told


def _origin(file: MatFile, description: str) -> Origin:
    frequency = file.small("larmorFreq")
    tesla = round(float(frequency[0].real) / MHZ_PER_TESLA, 4) if frequency is not None else None
    return Origin(
        source=file.path.name,
        series_description=description,
        modality="MR",
        manufacturer="MaRGE",
        orientation_known=False,
        field_strength_t=tesla if tesla and 0 < tesla < 30 else None,
    )

"""k-space or images in a MATLAB file, under the names people give them; what was assumed is said.

Axes are taken as (rows, columns, slices, repeats), MATLAB's own order for stacks of pictures. k-space is
transformed over rows and columns, and over slices where its energy sits in the middle ones (a 3D acquisition).
The forward transform is used, as for the images that the authors of the open 55 mT data (Liu et al., Nat Commun
2021) published beside their k-space; another convention would turn the picture by 180 degrees in its plane.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.volume import Origin, Volume
from viewer.formats.assumed import NO_ORIENTATION, NO_SPACING, plain_grid
from viewer.formats.entry import Entry
from viewer.formats.fourier import filled_share, single, to_image
from viewer.formats.matfile import MatFile, open_mat

KSPACE_NAMES = ("kspace", "ksp", "kspace3d", "kspace2d", "kdata", "kspacedata", "rawkspace")
IMAGE_NAMES = ("image", "img", "im", "images", "image3d", "imagedata", "recon", "magnitude", "data")
SMALLEST = 16
"""Fewer rows or columns than this are no image."""
MOST_REPEATS = 64
FEWEST_PARTITIONS = 8
CONCENTRATED = 0.5
"""3D k-space of so many partitions or more holds over half of its energy in the three around the middle."""
AXES = "rows, columns, slices"
UNKNOWN = (NO_SPACING, NO_ORIENTATION)


@dataclass(frozen=True)
class Choice:
    """Which variable holds the image, and whether it is k-space (else an image)."""

    name: str
    is_kspace: bool
    is_named: bool

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"'{self.name}'" + ("" if self.is_named else " (the only array of the file)")


def choose(file: MatFile) -> Choice:
    """Return the array to show: a k-space by name, else an image by name, else the only array there is."""
    arrays = {name: shape for name, shape in file.shapes.items() if _is_stack(shape)}
    named = {name.lower().replace("_", ""): name for name in arrays}
    for names, is_kspace in ((KSPACE_NAMES, True), (IMAGE_NAMES, False)):
        for wanted in names:
            if wanted in named:
                return Choice(named[wanted], is_kspace, is_named=True)
    if len(arrays) == 1:
        return Choice(next(iter(arrays)), is_kspace=False, is_named=False)
    held = ", ".join(f"'{name}' ({'×'.join(map(str, shape))})" for name, shape in sorted(file.shapes.items())[:8])
    raise LowfieldError(
        "holds no array named like k-space or an image.",
        where=file.path,
        hint=f"It holds {held or 'no numeric array'}. Save the one to show as 'kspace' or 'image'.",
    )


def entries(file: MatFile) -> list[Entry]:
    """List the repeats of the chosen array."""
    chosen = choose(file)
    rows, columns, slices, repeats = (*file.shapes[chosen.name], 1, 1)[:4]
    name = file.path.stem
    described = [name] if repeats == 1 else [f"{name} repetition {n + 1}" for n in range(repeats)]
    return [
        Entry(str(n), text, (slices, rows, columns), (1.0, 1.0, 1.0), warnings=UNKNOWN)
        for n, text in enumerate(described)
    ]


def load(path: Path, item: str, progress: Progress) -> Volume:
    """Read one repeat: complex64, or float32 where the file holds real images; unit unknown, voxels of 1 mm."""
    file = open_mat(path)
    chosen = choose(file)
    progress(0.1, f"Reading {path.name}")
    array = file.read(chosen.name)
    array = array.reshape((*array.shape, 1, 1)[:4])
    repeat = int(item or 0)
    if not 0 <= repeat < array.shape[3]:
        raise LowfieldError(f"has no repetition {repeat + 1}.", where=path, hint="Open the file again.")
    stack = single(np.ascontiguousarray(array[..., repeat].transpose(2, 0, 1)))
    if not np.isfinite(stack).all():
        raise LowfieldError(f"'{chosen.name}' holds values that are not finite numbers.", where=path)
    data, told = _image(stack, chosen, path)
    if array.shape[3] > 1:
        told.append(f"The last of its axes is taken as {array.shape[3]} repetitions; this is number {repeat + 1}.")
    described = entries(file)[repeat].description
    return Volume(
        data,
        plain_grid(data.shape),
        origin=Origin(source=path.name, series_description=described, modality="MR", orientation_known=False),
        warnings=(*told, *UNKNOWN),
        slice_names=tuple(f"{path.name}, slice {k + 1}" for k in range(data.shape[0])),
    )


def _image(stack: NDArray[Any], chosen: Choice, path: Path) -> tuple[NDArray[Any], list[str]]:
    if chosen.is_kspace:
        return _reconstructed(stack, chosen)
    if np.iscomplexobj(stack) and not chosen.is_named:
        raise LowfieldError(
            f"{chosen.label} is complex: it may be k-space or an image.",
            where=path,
            hint="Save it under the name 'kspace' or 'image'.",
        )
    return stack, [f"The image is the variable {chosen.label}; its axes are taken as {AXES}."]


def _reconstructed(stack: NDArray[Any], chosen: Choice) -> tuple[NDArray[Any], list[str]]:
    is_3d = _is_3d(stack)
    over = (0, 1, 2) if is_3d else (1, 2)
    how = "rows, columns and slices (3D)" if is_3d else "rows and columns (2D slices)"
    told = [
        f"The image is the forward Fourier transform of the k-space {chosen.label} over {how}; "
        f"its axes are taken as {AXES}. Another convention would turn it by 180 degrees."
    ]
    for axis, name in ((1, "rows"), (2, "columns")):
        share = filled_share(stack, axis)
        if share < 1:
            told.append(
                f"Only {100 * share:.1f} % of its {name} are measured; the rest is zero (partial Fourier)."
            )
    return to_image(stack, over, forward=True), told


def _is_stack(shape: tuple[int, ...]) -> bool:
    return 2 <= len(shape) <= 4 and min(shape[:2]) >= SMALLEST and (*shape, 1, 1)[3] <= MOST_REPEATS


def _is_3d(stack: NDArray[Any]) -> bool:
    energy = np.sum(np.abs(stack).astype(np.float64) ** 2, axis=(1, 2))
    middle = len(energy) // 2
    share = float(energy[middle - 1 : middle + 2].sum() / max(float(energy.sum()), 1e-300))
    return len(energy) >= FEWEST_PARTITIONS and share > CONCENTRATED

"""NIfTI files as series of the index: one entry a volume, and which of them are parts of one complex image.

Complex images come as pairs of files told apart by their names only: BIDS ``part-mag``, ``part-phase``,
``part-real``, ``part-imag``; ``_mag`` and ``_ph`` (or ``_phase``), ``_real`` and ``_imaginary`` as dcm2niix and
others write.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.complexpair import phase_unit
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.formats.entry import Entry
from viewer.formats.nifti import COLOURS, bare_name, geometry_of, open_image, read_nifti, volumes_in

MOST_VOLUMES = 512
COMPONENTS = {
    **dict.fromkeys(("mag", "magn", "magnitude"), "magnitude"),
    **dict.fromkeys(("ph", "pha", "phase"), "phase"),
    **dict.fromkeys(("re", "real"), "real"),
    **dict.fromkeys(("im", "imag", "imaginary"), "imaginary"),
}
WORD = re.compile(
    rf"(?:^|[_\-. ]+)(?:part-)?({'|'.join(sorted(COMPONENTS, key=len, reverse=True))})(?=$|[_\-. ])", re.I
)


def entries(path: Path) -> list[Entry]:
    """List the volumes of a file from its header."""
    image = open_image(path)
    warnings: list[str] = []
    geometry = geometry_of(image, path, warnings)
    count = volumes_in(image)
    if count > MOST_VOLUMES:
        warnings.append(f"It holds {count} volumes, of which the first {MOST_VOLUMES} are listed.")
    reason = COLOURS.removesuffix(".") if image.get_data_dtype().fields is not None else ""
    name = bare_name(path)
    kind, rest = component(path)
    return [
        Entry(
            item=str(n) if count > 1 else "",
            description=f"{name} volume {n + 1}" if count > 1 else name,
            shape=geometry.shape,
            spacing_mm=geometry.spacing_mm,
            modality="",
            reason=reason,
            warnings=tuple(warnings),
            component=kind,
            counterpart=f"{path.parent}|{rest}|{n}",
        )
        for n in range(min(count, MOST_VOLUMES))
    ]


def load(path: Path, item: str, progress: Progress) -> Volume:
    """Read one volume of a file."""
    progress(0.1, f"Reading {path.name}")
    volume = read_nifti(path, int(item) if item else None)
    if component(path)[0] == "phase":
        volume = _without_stale_slope(volume, path)
    if not item:
        return volume
    description = f"{volume.origin.series_description} volume {int(item) + 1}"
    return replace(volume, origin=replace(volume.origin, series_description=description))


def _without_stale_slope(volume: Volume, path: Path) -> Volume:
    """Undo a slope that turns a phase stored as fractions into no unit at all, left over from integers."""
    image = open_image(path)
    slope, start = image.dataobj.slope, image.dataobj.inter
    if image.get_data_dtype().kind != "f" or (slope, start) == (1, 0) or not slope or _has_unit(volume.data):
        return volume
    stored = ((volume.data - start) / slope).astype(np.float32)
    if not _has_unit(stored):
        return volume
    told = f"The slope {slope:.6g} of {path.name} was ignored: the phase fills a full turn only without it."
    return replace(volume, data=stored, warnings=(*volume.warnings, told))


def _has_unit(phase: NDArray[Any]) -> bool:
    try:
        phase_unit(phase)
    except LowfieldError:
        return False
    return True


def component(path: Path) -> tuple[str, str]:
    """Return (component, the rest of the name in lower case) as the file's name tells; ("", name) else."""
    name = bare_name(path)
    found = list(WORD.finditer(name))
    if not found:
        return "", name.lower()
    last = found[-1]
    return COMPONENTS[last.group(1).lower()], (name[: last.start()] + name[last.end() :]).lower()

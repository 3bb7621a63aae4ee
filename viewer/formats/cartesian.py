"""Raw Cartesian readouts → complex images: one for each contrast, phase, repetition, set and encoding.

k-space is filled on the encoded grid, averages are averaged, what was not measured stays zero. A unitary Fourier
transform follows; the field of view is cut to the reconstructed one (oversampling removed), the voxel size stays
the encoded one, so that noise is as it was measured. Undersampled and non-Cartesian data are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.formats.assumed import NO_ORIENTATION
from viewer.formats.coils import combine
from viewer.formats.entry import HINT, UNKNOWN_MM, Entry
from viewer.formats.fourier import cut, to_image
from viewer.formats.kspace import Filled, fill
from viewer.formats.mrdheader import Encoding, Header
from viewer.formats.mrdplace import Place, grid
from viewer.formats.pictures import origin
from viewer.formats.readouts import Readout, groups, names
from viewer.formats.scannoise import channel_noise

NON_CARTESIAN = "was not sampled on a Cartesian grid ({}), which this version does not reconstruct"


@dataclass(frozen=True)
class Plan:
    """What an image will be, from headers alone: ``slices`` are slice numbers in order, one for a 3D image."""

    encoding: Encoding
    slices: tuple[int, ...]
    is_3d: bool
    kept: tuple[int, int, int]
    """Samples kept along (x, y, z) once the field of view is cut."""


def entries(readouts: Sequence[Readout], header: Header, path: Path) -> list[Entry]:
    """Describe the images that a file's readouts give."""
    found = groups(readouts)
    return [_entry(n, name, found, header, path) for n, name in enumerate(names(list(found)))]


def _entry(number: int, name: str, found: dict[Any, list[Readout]], header: Header, path: Path) -> Entry:
    key = list(found)[number]
    shape, spacing, reason = (0, 0, 0), UNKNOWN_MM, ""
    warnings: tuple[str, ...] = ()
    try:
        plan = _plan(key[0], found[key], header, path)
        geometry, warnings, _ = grid(_places(plan, found[key]), _shape(plan), header.frame_of_reference_uid)
        shape, spacing = geometry.shape, geometry.spacing_mm
    except (LowfieldError, ValueError) as error:
        reason = (error.what if isinstance(error, LowfieldError) else str(error)).rstrip(".")
    return Entry(
        item=str(number),
        description=f"{header.description or path.stem} {name}".strip(),
        shape=shape,
        spacing_mm=spacing,
        reason=reason,
        frame_of_reference_uid=header.frame_of_reference_uid,
        patient=header.patient,
        study=header.study,
        warnings=warnings,
    )


def volume(readouts: Sequence[Readout], item: str, header: Header, path: Path, progress: Progress) -> Volume:
    """Reconstruct one image: complex64, with sigma where the file holds a noise scan."""
    found, number = groups(readouts), int(item or 0)
    if not 0 <= number < len(found):
        raise LowfieldError(f"has no image {number + 1}.", where=path, hint="Open the file again.")
    key = list(found)[number]
    members = found[key]
    plan = _plan(key[0], members, header, path)
    try:
        geometry, warnings, order = grid(_places(plan, members), _shape(plan), header.frame_of_reference_uid)
    except ValueError as error:
        raise LowfieldError(f"Cannot be shown: it {error}.", where=path) from error
    progress(0.4, "Filling k-space")
    filled = fill(members, plan.encoding, plan.slices, path, is_3d=plan.is_3d)
    progress(0.7, "Reconstructing")
    image = _reconstruct(filled, plan)
    data, sigma, told = _joined(image, filled, readouts, members[0], header)
    described = entries(readouts, header, path)[number].description
    return Volume(
        np.ascontiguousarray(data[list(order)] if len(order) > 1 else data),
        geometry,
        origin=origin(header, path, described, NO_ORIENTATION not in warnings),
        warnings=(*told, *filled.warnings, *warnings),
        slice_names=tuple(f"{path.name}, slice {k + 1}" for k in range(data.shape[0])),
        noise_sigma=sigma,
    )


def _plan(number: int, members: Sequence[Readout], header: Header, path: Path) -> Plan:
    if not 0 <= number < len(header.encodings):
        raise LowfieldError("states no encoding for its readouts.", where=path, hint=HINT)
    encoding = header.encodings[number]
    if encoding.trajectory not in ("", "cartesian", "epi"):
        raise LowfieldError(NON_CARTESIAN.format(encoding.trajectory) + ".", where=path)
    if min(encoding.encoded.matrix) < 1 or max(encoding.encoded.matrix) > 65535:
        raise LowfieldError("states no size of its k-space.", where=path, hint=HINT)
    if encoding.acceleration > 1:
        raise LowfieldError(
            f"was undersampled {encoding.acceleration:g} times, which needs a parallel reconstruction.",
            where=path,
            hint="Reconstruct it elsewhere and open the images.",
        )
    slices = tuple(sorted({one.slice for one in members}))
    is_3d = encoding.encoded.matrix[2] > 1
    if is_3d and len(slices) > 1:
        raise LowfieldError("holds several 3D slabs, which this version does not read.", where=path)
    return Plan(encoding, slices, is_3d, _kept(encoding, is_3d))


def _kept(encoding: Encoding, is_3d: bool) -> tuple[int, int, int]:
    """Return how many samples of the encoded field of view lie in the reconstructed one."""
    kept = []
    for axis in range(3):
        n, full, wanted = encoding.encoded.matrix[axis], encoding.encoded.fov_mm[axis], encoding.recon.fov_mm[axis]
        if axis == 2 and not is_3d:
            n = 1
        share = wanted / full if 0 < wanted < full else 1.0
        kept.append(max(1, round(n * share)))
    return kept[0], kept[1], kept[2]


def _shape(plan: Plan) -> tuple[int, int, int]:
    x, y, z = plan.kept
    return (z if plan.is_3d else len(plan.slices), y, x)


def _places(plan: Plan, members: Sequence[Readout]) -> list[Place]:
    """Return the place of each slice (of the one slab when 3D), from its first readout."""
    matrix, fov = plan.encoding.encoded.matrix, plan.encoding.encoded.fov_mm
    depth = fov[2] / matrix[2] if plan.is_3d else fov[2]
    voxel = (fov[0] / matrix[0], fov[1] / matrix[1], depth)
    firsts = {one.slice: one for one in reversed(members)}
    return [Place(one.position, *one.directions, voxel) for one in (firsts[k] for k in plan.slices)]


def _reconstruct(filled: Filled, plan: Plan) -> NDArray[np.complex64]:
    """Return (channels, slices, rows, columns)."""
    image = to_image(filled.kspace, (1, 2, 3) if plan.is_3d else (2, 3))
    x, y, z = plan.kept
    image = cut(cut(image, 3, x), 2, y)
    return np.asarray(cut(image, 1, z) if plan.is_3d else image)


def _joined(
    image: NDArray[np.complex64], filled: Filled, readouts: Sequence[Readout], first: Readout, header: Header
) -> tuple[NDArray[np.complex64], float | None, list[str]]:
    """Join the channels; return the image, its noise per real channel, and what was done."""
    noise = channel_noise(readouts, first.channels, first.sample_time_us, header.noise_bandwidth)
    sigma = noise.sigma * filled.noise_gain if noise else None
    told = [f"Sigma {sigma:.4g} per real channel comes from {noise.told}."] if noise and sigma else []
    if image.shape[0] == 1:
        return image[0], sigma, told
    joined, how = combine(noise.whitened(image) if noise else image)
    if noise is None:
        how.append("Without a noise scan, all channels are taken to be equally noisy.")
    return joined, sigma, [*told, *how]

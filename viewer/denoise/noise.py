"""How noisy an image is, from the image alone: air in its corners if there is any, else fine detail."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import NoiseEstimate
from viewer.core.errors import LowfieldError
from viewer.denoise.air import is_air
from viewer.denoise.detail import share_from_detail, sigma_from_detail
from viewer.denoise.lines import LineNoise, kind_of, line_noise
from viewer.denoise.rician import LOWEST_RATIO, RAYLEIGH_MEDIAN
from viewer.denoise.support import zero_fill_factor

CORNER = 8
"""A corner block is this fraction (1/8) of each in-plane axis."""
FEWEST = 200
"""Samples below which a corner says nothing."""
AGREEMENT = 0.15
NORMAL_MAD = 0.67449
UNSURE = 0.4
UNEVEN, EVEN_LINES = 0.8, 0.85
"""Confidence in the air of lines, which differ from each other or not."""
ALL_AIR = 1.4
"""Four corners this close are all air: at 55 mT their noise differs by 1.37, and is higher still in the head."""
DETAIL = {"complex": 0.65, "signed": 0.65, "magnitude": 0.48}
LEAST_DETAIL = 0.2
"""Confidence in fine detail without texture, from which the share of texture is taken. Of scans of training
volumes 94 % are within 10 % where that is 0.1 to 0.2 (magnitudes: below 0.03); above 0.2, 77 % (44 %)."""
TOLD = 0.03
"""Share of texture from which the method names it."""
QUIETEST_TISSUE = 0.5
QUIETER = {"complex": 0.94, "signed": 0.94, "magnitude": 0.92}
"""Tissue between these shares of the air's noise is believed; lower, the image has been denoised or filtered."""
QUIET_FOR_LINES, CLEARLY_UNEVEN = 0.75, 0.3
"""Real lines: smooth tissue is 0.83 of them or more, unless interference makes them as uneven as this (SD)."""
ALIKE = 1.25
"""Where some corner is louder than that, dim anatomy is about: only corners this close to the quietest count."""

Estimate = tuple[float, str, str, float]
"""Sigma, source, method and confidence, as in `NoiseEstimate`."""

Floats = NDArray[np.float64]


def estimate_sigma(data: NDArray[Any], factor: tuple[float, float] | None = None) -> NoiseEstimate:
    """Estimate the noise of ``data`` (slices, rows, columns), magnitude, signed or complex, NaN-free.

    Returns the standard deviation per real channel in the unit of ``data``. Zero-filling (``factor``, detected
    when None) correlates noise but does not change its standard deviation; it is undone before differences are
    taken. Raises LowfieldError for constant or empty images.
    """
    if not np.any(data) or float(np.ptp(np.abs(data))) == 0:
        raise LowfieldError(
            "The image is empty or constant, so its noise cannot be estimated.", hint="Give sigma."
        )
    factor = zero_fill_factor(data) if factor is None else factor
    lines = line_noise(data, factor)
    if lines is not None and really_uneven(lines, data, factor):
        return _from_lines(lines, data.shape, factor)
    sigma, source, method, confidence = _best(data, factor, lines)
    if sigma <= 0:
        raise LowfieldError("The image holds no noise that can be measured.", hint="Give sigma.")
    return NoiseEstimate(sigma, source, method, confidence, factor)


def really_uneven(lines: LineNoise, data: NDArray[Any], factor: tuple[float, float]) -> bool:
    """Say whether noise differs from line to line; not if faint anatomy at their ends passed for uneven air.

    Tissue is much quieter then.
    """
    if not lines.uneven or lines.spread >= CLEARLY_UNEVEN:
        return lines.uneven
    try:
        return sigma_from_detail(data, factor) >= QUIET_FOR_LINES * lines.base
    except LowfieldError:  # too small for blocks of tissue: the air is all there is
        return True


def _from_lines(lines: LineNoise, shape: tuple[int, ...], factor: tuple[float, float]) -> NoiseEstimate:
    """Describe noise that differs from line to line: the ordinary line, and how much louder each one is."""
    name = {1: "row", 2: "column"}[lines.axis]
    loudest = float(lines.sigma.max() / lines.base)
    method = (
        f"Air at the ends of every {name}: the noise differs between {name}s, up to {loudest:.1f} times the usual"
    )
    return NoiseEstimate(lines.base, "background", method, UNEVEN, factor, lines.relative(shape))


def _best(data: NDArray[Any], factor: tuple[float, float], lines: LineNoise | None) -> Estimate:
    """Prefer the air, unless smooth tissue is clearly quieter: what is taken for air can hold faint anatomy."""
    air = _from_air(data[:, :: max(round(factor[0]), 1), :: max(round(factor[1]), 1)], lines)
    if air is None:
        return _from_tissue(data, factor)
    try:
        tissue = _from_tissue(data, factor)
    except LowfieldError:  # too small for blocks of tissue: the air is all there is
        return air
    # The air of a single corner is as likely dim anatomy: any quieter tissue is believed.
    quieter = 1.0 if air[3] <= UNSURE else QUIETER[kind_of(data)]
    return tissue if QUIETEST_TISSUE * air[0] < tissue[0] < quieter * air[0] else air


def _from_air(data: NDArray[Any], lines: LineNoise | None) -> Estimate | None:
    """Use the air in the corners, else that at the ends of the lines; None where there is none."""
    corners = _corner_sigmas(data)
    found = _from_corners(corners) if corners else None
    if lines is None or (found is not None and found[3] > UNSURE):
        return found
    return lines.base, "background", "Noise of the air at the ends of the lines", EVEN_LINES


def _from_tissue(data: NDArray[Any], factor: tuple[float, float]) -> Estimate:
    share, kind = share_from_detail(data, factor), kind_of(data)
    method = "Fine detail of smooth blocks" + (", Rician corrected" if kind == "magnitude" else "")
    if share.texture >= TOLD:
        method += f"; {share.texture:.0%} of its power taken for texture, more may remain"
    return share.sigma, "wavelet", method, max(DETAIL[kind] - share.texture, LEAST_DETAIL)


def _from_corners(corners: list[float]) -> Estimate:
    """Combine corner estimates: the quietest one and those like it, for anatomy and ghosts only ever add."""
    all_air = len(corners) == 4 and max(corners) <= ALL_AIR * min(corners)
    quiet = [sigma for sigma in corners if all_air or sigma <= ALIKE * min(corners)]
    sigma = float(np.median(quiet))
    spread = (max(quiet) - min(quiet)) / sigma
    confidence = UNSURE if len(quiet) == 1 else float(np.clip(0.95 - spread, UNSURE, 0.95))
    return sigma, "background", f"Noise distribution of the air in {len(quiet)} of 4 corners", confidence


def _corner_sigmas(data: NDArray[Any]) -> list[float]:
    """Return sigma from each corner block that holds noise and nothing else, over all slices."""
    rows, columns = (max(n // CORNER, 4) for n in data.shape[1:])
    ends = [(slice(None, rows), slice(-rows, None)), (slice(None, columns), slice(-columns, None))]
    blocks = [data[:, r, c] for r in ends[0] for c in ends[1]]
    if min(data.shape[1:]) < 16 or blocks[0].size < FEWEST:
        return []
    kind = kind_of(data)
    sigma_of = _rayleigh_sigma if kind == "magnitude" else _signed_sigma
    found = (sigma_of(block) for block in blocks if is_air(block, kind))
    return [sigma for sigma in found if sigma is not None]


def _rayleigh_sigma(block: NDArray[Any]) -> float | None:
    """Return sigma of an air block of magnitudes, None if it is masked or is not Rayleigh distributed."""
    values = block.ravel().astype(np.float64)
    if np.mean(values == 0) > 0.05 or values.std() == 0:
        return None
    from_power = float(np.sqrt(np.mean(values**2) / 2))
    from_median = float(np.median(values)) / RAYLEIGH_MEDIAN
    ratio = float(values.mean() / values.std())
    looks_right = abs(from_median / from_power - 1) < AGREEMENT and abs(ratio / LOWEST_RATIO - 1) < AGREEMENT
    return from_power if looks_right else None


def _signed_sigma(block: NDArray[Any]) -> float | None:
    """Return sigma of an air block of complex or signed values, None if it is masked or is not Gaussian."""
    flat = block.ravel()
    parts = [flat.real, flat.imag] if np.iscomplexobj(flat) else [flat]
    values = np.concatenate(parts).astype(np.float64)
    if np.mean(values == 0) > 0.05 or values.std() == 0:
        return None
    robust = float(np.median(np.abs(values))) / NORMAL_MAD
    rms = float(np.sqrt(np.mean(values**2)))
    return rms if abs(robust / rms - 1) < AGREEMENT else None

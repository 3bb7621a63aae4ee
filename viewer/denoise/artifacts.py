"""What may be wrong with the image or the settings before any network runs; each with a sentence on what to do."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import Finding
from viewer.core.errors import LowfieldError
from viewer.denoise.artifacts_air import ghost, zipper_lines
from viewer.denoise.noise import estimate_sigma
from viewer.denoise.rician import gaussian_sigma
from viewer.denoise.smooth import gaussian
from viewer.denoise.sure_probe import Colour, Floats, is_magnitude

NORMAL_MAD = 0.67449
FEWEST = 200
WRONG = 1.4
"""Sigma is called wrong from this ratio on."""
DENOISED = 0.5
"""Noise in flat tissue below this share of the noise in the air: the image was denoised before."""
INTERPOLATED = 0.5
"""Neighbours that share so much noise were interpolated; scanners' own filters stay below 0.4."""
CLIPPED = 16
"""Voxels that share the very highest value, from which on it is a ceiling."""


@dataclass(frozen=True, eq=False)
class Facts:
    """An image and its denoised self (slices, rows, columns) in units of sigma, and how they were scanned.

    ``level``: the noise of each voxel around 1; ``factor`` of zero-filling; ``colour`` of the noise, if known;
    ``sigma_source`` as in `NoiseEstimate`; ``in_air``: search the air too, which takes longer than all the rest.
    """

    source: NDArray[Any]
    denoised: NDArray[Any]
    level: float | Floats = 1.0
    factor: tuple[float, float] = (1.0, 1.0)
    trained_snr: tuple[float, float] | None = None
    sigma_source: str = ""
    colour: Colour | None = None
    in_air: bool = True

    def with_colour(self, colour: Colour) -> "Facts":
        """Return the facts with the noise's colour."""
        return replace(self, colour=colour)

    @cached_property
    def peak_snr(self) -> float:
        """99.5th percentile of the magnitude, in sigma."""
        return float(np.percentile(np.abs(self.source), 99.5))

    @cached_property
    def sigma_ratio(self) -> float | None:
        """Noise in flat tissue over the sigma that was used, from diagonal detail; None with too little tissue.

        Haar detail of coloured noise is smaller by (1 - r)(1 - c), the lag-1 correlations, which is put right.
        """
        steps = [max(round(f), 1) for f in self.factor]
        thin = (self.source / self.level)[:, :: steps[0], :: steps[1]]
        clean = np.abs(self.denoised / self.level)[:, :: steps[0], :: steps[1]]
        values, mean = _flat_detail(thin, clean)
        if values.size < FEWEST:
            return None
        sd = float(np.median(np.abs(values))) / NORMAL_MAD
        loss = 1.0
        for correlation in (self.colour.rows, self.colour.columns) if self.colour else ():
            loss *= 1 - float(correlation[1]) if len(correlation) > 1 else 1.0
        sd /= np.sqrt(max(loss, 0.1))
        return float(gaussian_sigma(mean, float(sd)) if is_magnitude(self.source) else sd)

    @cached_property
    def air_ratio(self) -> float | None:
        """Noise as the program would measure it by itself, over the sigma that was used; None where it cannot."""
        if self.sigma_source == "background":
            return 1.0  # it was measured so
        try:
            return estimate_sigma(self.source, self.factor).sigma
        except LowfieldError:
            return None


def _flat_detail(image: NDArray[Any], clean: Floats) -> tuple[Floats, float]:
    """Return diagonal Haar detail of the flatter half of the object, and the mean signal there."""
    rows, columns = (n // 2 * 2 for n in image.shape[1:])
    if min(rows, columns) < 8:
        return np.zeros(0, np.float32), 0.0
    parts = [image[:, r:rows:2, c:columns:2] for r in (0, 1) for c in (0, 1)]
    detail = (parts[0] - parts[1] - parts[2] + parts[3]) / 2
    smooth = gaussian(clean, (0, 1, 1))
    slope = _slope(smooth, rows, columns)
    height = smooth[:, :rows:2, :columns:2]
    tissue = height > max(4.0, 0.25 * float(np.percentile(height, 98)))
    if np.count_nonzero(tissue) < FEWEST:
        return np.zeros(0, np.float32), 0.0
    flat = tissue & (slope <= np.median(slope[tissue]))
    values = detail[flat]
    values = np.concatenate([values.real, values.imag]) if np.iscomplexobj(values) else values
    return np.asarray(values, dtype=np.float32), float(height[flat].mean())


def _slope(image: Floats, rows: int, columns: int) -> Floats:
    """Return Sobel's gradient in plane at every other of so many rows and columns, where alone it is looked at."""
    wide = np.pad(image, 1, mode="symmetric")
    wide = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    at = [[wide[:, r : r + rows : 2, c : c + columns : 2] for c in range(3)] for r in range(3)]
    down = at[2][0] - at[0][0] + 2 * (at[2][1] - at[0][1]) + at[2][2] - at[0][2]
    right = at[0][2] - at[0][0] + 2 * (at[1][2] - at[1][0]) + at[2][2] - at[2][0]
    return np.asarray(np.hypot(down, right))


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return everything that was found, in the order in which a reader should know it."""
    found = (look(facts) for look in LOOKS if facts.in_air or look not in IN_AIR)
    return tuple(finding for finding in found if finding is not None)


def _already_denoised(facts: Facts) -> Finding | None:
    ratio = facts.sigma_ratio
    air = facts.air_ratio if ratio is not None and facts.sigma_source != "wavelet" else None
    if ratio is None or air is None or ratio >= DENOISED * air:
        return None
    return Finding(
        "denoised before",
        f"The noise in tissue is only {ratio / air:.0%} of that in the air: the image seems to be denoised or "
        "filtered already. Denoise the scanner's unfiltered image instead.",
    )


def _wrong_sigma(facts: Facts) -> Finding | None:
    air = facts.air_ratio if facts.sigma_source == "given" else None
    if air is None or 1 / WRONG < air < WRONG:
        return None
    word, effect = ("lower", "noise stays") if air > 1 else ("higher", "detail is lost")
    return Finding(
        "sigma",
        f"The given sigma is {max(air, 1 / air):.1f} times {word} than the noise measured in the image: {effect}. "
        "Leave sigma to the program, or check the value.",
    )


def _interpolated(facts: Facts) -> Finding | None:
    if facts.colour is None:
        return None
    shared = max(float(c[1]) if len(c) > 1 else 0.0 for c in (facts.colour.rows, facts.colour.columns))
    if shared < INTERPOLATED:
        return None
    return Finding(
        "interpolated",
        f"Neighbouring voxels share their noise (correlation {shared:.2f}): the image was interpolated or "
        "filtered, so less noise can be told from detail. Use the scanner's images without interpolation.",
    )


def _clipped(facts: Facts) -> Finding | None:
    if np.iscomplexobj(facts.source):
        return None
    top = float(facts.source.max())
    ceiling = int(np.count_nonzero(facts.source >= top * (1 - 1e-6)))
    below = int(np.count_nonzero(facts.source >= top * 0.99)) - ceiling
    if top <= 0 or ceiling < CLIPPED or ceiling < 2 * below:
        return None
    return Finding(
        "clipped",
        f"{ceiling} voxels share the highest value: the image is clipped, and what was brighter is lost. "
        "Export it from the scanner again with another scaling.",
    )


def _outside_range(facts: Facts) -> Finding | None:
    if facts.trained_snr is None or facts.trained_snr[0] <= facts.peak_snr <= facts.trained_snr[1]:
        return None
    low, high = facts.trained_snr
    advice = "Detail is lost easily" if facts.peak_snr < low else "There is little to gain"
    return Finding(
        "SNR",
        f"Peak SNR {facts.peak_snr:.1f} lies outside the {low:g} to {high:g} that the network was trained on. "
        f"{advice}: compare with the original.",
    )


def _zippers(facts: Facts) -> Finding | None:
    lines = zipper_lines(facts.source, facts.denoised)
    if lines is None:
        return None
    return Finding(
        "interference",
        f"Interference lines ({lines.describe()}), up to {lines.loudest:.1f} times the usual noise. They are not "
        "anatomy, and parts of them may stay: look at these lines in the original.",
    )


def _ghosts(facts: Facts) -> Finding | None:
    found = ghost(facts.source, facts.denoised)
    if found is None:
        return None
    axis, share = found
    return Finding(
        "ghost",
        f"A ghost of the object, half the field of view away along {axis} axis, with {share:.0%} of its signal. "
        "It is kept like anatomy: do not read it as a finding; repeat the scan if it overlays what matters.",
    )


LOOKS: tuple[Callable[[Facts], Finding | None], ...] = (
    _wrong_sigma,
    _already_denoised,
    _interpolated,
    _clipped,
    _zippers,
    _ghosts,
    _outside_range,
)
IN_AIR = (_zippers, _ghosts)

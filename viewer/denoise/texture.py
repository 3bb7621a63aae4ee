"""Noise told from texture: how the fine coefficients of blocks grow with their coarse ones.

Noise is as strong in every block, texture is not. Blocks (of the cosine transform) are put in groups from smooth
to textured by their coarse coefficients. The power of the fine ones rises with that of the coarse ones in excess
of the noise, about in proportion, for the spectrum of anatomy falls by a power law; so it is followed back to
where there is no excess. Groups full of texture count little, and in an image of mere noise all count alike.

The constants marked "tuned" were chosen on simulated scans (2.5 to 30 % noise) of half of the stacks made from the
training volumes, and looked at on the other half; see models/README.md. No development volume had a say.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZE = 8
FINE = 3
"""Coefficients from this frequency (in 1/16 cycles per voxel) on both axes count as fine."""
GROUP, SMALLEST_GROUP = 0.05, 30
TEXTURED, FEWEST_GROUPS = 0.5, 3
"""Blocks beyond this share, the most textured ones, are left out. Tuned, as are the groups."""
TRIM = 0.7
"""Share of the smallest squares whose mean tells the power of a coefficient: edges make outliers. Tuned."""
TRIMMED_MEAN = 0.309561
"""Mean of the smallest `TRIM` of the squares of normal numbers of variance 1."""
SMALL_SAMPLE = 1.6
"""Of n squares the trimmed mean is larger by this over n."""
FALL = 3.0
"""Anatomy's power falls with this power of frequency. Tuned; of amplitudes, 1 to 2 is usual in images."""
USUAL_SHARE, SHARE_SD, LARGEST_SHARE = 0.4, 0.6, 3.0
"""Fine over coarse power of texture beyond that fall, as expected before the blocks are seen. Tuned."""
UNLIKE = 0.3
"""Relative SD of that share between groups."""
INDEPENDENT = 0.6
"""Independent coefficients per coefficient, for blocks overlap. Tuned."""
LEAST_LEFT = 0.2
ITERATIONS = 6
CLEAR_SE = 4.5
"""A fall of the noise must exceed this many of its standard errors, or it is white along that axis. Tuned."""

Floats = NDArray[np.float64]

_ROW, _COLUMN = np.indices((SIZE, SIZE))
IS_FINE = (_ROW >= FINE) & (_COLUMN >= FINE)
IS_COARSE = ~IS_FINE & (_ROW + _COLUMN >= 2)
_TERMS = np.stack([np.ones((SIZE, SIZE)), (_ROW / SIZE) ** 2, (_COLUMN / SIZE) ** 2], axis=-1)
_FINE_TERMS = _TERMS[IS_FINE]
_RADIUS = np.hypot(_ROW, _COLUMN)
_SPECTRUM = (_RADIUS[IS_FINE] / _RADIUS[IS_COARSE].mean()) ** -FALL


@dataclass(frozen=True)
class Share:
    """The noise SD ``sigma``, and how much of the smooth blocks' fine power was texture (0 to 1)."""

    sigma: float
    texture: float


def noise_share(fine: Floats, coarse: Floats) -> Share:
    """Return the noise of blocks from the squares of their ``fine`` coefficients (blocks, fine).

    ``coarse`` (blocks,): mean square of each block's coarse coefficients. Sigma 0 if there is no noise.
    """
    power, excess, size = _groups(fine, coarse)
    if power[0].min() <= np.finfo(np.float32).tiny:
        return Share(0.0, 0.0)
    noise = np.full((SIZE, SIZE), power[0].mean())
    for _ in range(ITERATIONS):
        raw, texture = _texture(power, np.maximum(excess - noise[IS_COARSE].mean(), 0.0), noise, size)
        noise = _smooth_power(np.maximum(raw - texture, LEAST_LEFT * raw))
    return Share(float(np.sqrt(noise.mean())), float(np.clip(texture.mean() / raw.mean(), 0.0, 1.0)))


def _groups(fine: Floats, coarse: Floats) -> tuple[Floats, Floats, int]:
    """Return the fine power (groups, fine) and coarse power (groups,), smoothest first, and blocks per group."""
    order = np.argsort(coarse, kind="stable")
    size = min(max(int(GROUP * order.size), SMALLEST_GROUP), order.size)
    wanted = max(round(TEXTURED * order.size / size), FEWEST_GROUPS)
    groups = order[: min(wanted, order.size // size) * size].reshape(-1, size)
    return np.array([_trimmed(fine[group]) for group in groups]), coarse[groups].mean(axis=1), size


def _trimmed(squares: Floats) -> Floats:
    """Return the power along axis 0, freed of outliers."""
    count = len(squares)
    keep = max(round(TRIM * count), 1)
    smallest = np.partition(squares, keep - 1, axis=0)[:keep]
    return np.asarray(smallest.mean(axis=0) / (TRIMMED_MEAN * (1 + SMALL_SAMPLE / count)))


def _texture(power: Floats, excess: Floats, noise: Floats, size: int) -> tuple[Floats, Floats]:
    """Return the fine power (fine,) of all groups together, weighted, and what of it is texture."""
    colour = noise[IS_FINE] / noise[IS_FINE].mean()
    level = (power / colour).mean(axis=1)
    reach = excess * float((_SPECTRUM / colour).mean())
    chance = 2 * level**2 / (size * power.shape[1] * INDEPENDENT)
    share = USUAL_SHARE
    for _ in range(3):
        weight = 1 / (chance + (UNLIKE * share * reach) ** 2)
        share = _slope(reach, level, weight)
    weight = 1 / (chance + (UNLIKE * share * reach) ** 2)
    weight /= weight.sum()
    return weight @ power, share * _SPECTRUM * float(weight @ excess)


def _slope(x: Floats, y: Floats, weight: Floats) -> float:
    """Return the slope of the weighted line through ``y`` over ``x``, drawn towards the usual share."""
    sums = weight.sum(), weight @ x, weight @ x**2 + 1 / SHARE_SD**2
    right = weight @ y, weight @ (x * y) + USUAL_SHARE / SHARE_SD**2
    slope = (sums[0] * right[1] - sums[1] * right[0]) / (sums[0] * sums[2] - sums[1] ** 2)
    return float(np.clip(slope, 0.0, LARGEST_SHARE))


def _smooth_power(fine: Floats) -> Floats:
    """Return the noise power of every coefficient (SIZE, SIZE) by a Gaussian through that of the fine ones."""
    log = np.log(fine)
    fit = np.linalg.lstsq(_FINE_TERMS, log, rcond=None)[0]
    rest = log - _FINE_TERMS @ fit
    error = np.sqrt(np.diag(np.linalg.inv(_FINE_TERMS.T @ _FINE_TERMS)) * (rest @ rest) / (log.size - fit.size))
    falls = fit < -CLEAR_SE * error
    falls[0] = True
    fit = np.linalg.lstsq(_FINE_TERMS[:, falls], log, rcond=None)[0]
    return np.asarray(np.exp(_TERMS[..., falls] @ fit))

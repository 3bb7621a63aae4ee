"""What the denoiser took away, and how far its answer can be trusted: one panel of numbers and two maps.

Everything beyond plain statistics rests on one more run of the network on a slightly noisier image (see
`viewer.denoise.sure_probe`). Without it only the plain statistics are given, and no grade.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import HISTOGRAM_LIMIT_SIGMA, ResidualReport, TrustMaps
from viewer.denoise import resolution, structure, sure, verdict, whiteness
from viewer.denoise.artifacts import Facts, findings
from viewer.denoise.sure_probe import Denoiser, Floats, Probe, as_channels, is_magnitude, take_probe, within

SIGNAL_OVER_NOISE, RICIAN_SIGNAL = 2.0, sure.RICIAN_FROM
"""Where the object begins, in sigma: magnitudes are judged only where their noise is nearly Gaussian."""
OBJECT_FRACTION = 0.15
FEWEST_VOXELS = 50
HISTOGRAM_BINS = 40
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Scan:
    """What else is known of an image: zero-filling ``factor``, in-plane ``spacing_mm``, the SNR trained on.

    ``sigma_source`` as in `NoiseEstimate`; ``trained_snr`` is the network's range of peak SNR.
    """

    factor: tuple[float, float] = (1.0, 1.0)
    spacing_mm: tuple[float, float] = (1.0, 1.0)
    trained_snr: tuple[float, float] | None = None
    sigma_source: str = ""


PLAIN = Scan()


Judgement = tuple[ResidualReport, TrustMaps | None]


def analyse(
    source: NDArray[Any],
    denoised: NDArray[Any],
    sigma: float | Floats,
    again: Denoiser | None = None,
    scan: Scan = PLAIN,
) -> ResidualReport:
    """Return the numbers of `judge` without its maps."""
    return judge(source, denoised, sigma, again, scan)[0]


def judge(
    source: NDArray[Any],
    denoised: NDArray[Any],
    sigma: float | Floats,
    again: Denoiser | None = None,
    scan: Scan = PLAIN,
) -> Judgement:
    """Judge a result: ``source`` and ``denoised`` (slices, rows, columns), complex, signed or magnitude, one unit.

    ``sigma`` is the noise per real channel, one number or one for each voxel. ``again`` denoises an image as
    ``denoised`` was made (same network, sigma, grid and strength); without it there are no maps, and the air is
    not searched for interference and ghosts. Statistics are
    taken inside the object, where the denoised signal exceeds two sigma, in magnitudes three: weaker ones have
    noise that is neither centred nor Gaussian.
    """
    base = float(np.median(sigma))
    level = 1.0 if np.isscalar(sigma) else np.asarray(sigma, np.float32) / np.float32(base)
    case = _Case.of(source / np.float32(base), denoised / np.float32(base), level)
    known = (level, scan.factor, scan.trained_snr, scan.sigma_source)
    facts = Facts(case.source, case.denoised, *known, in_air=again is not None)
    if np.count_nonzero(case.inside) < FEWEST_VOXELS:
        return ResidualReport(0, 0, 0, (0, 0), 0, verdict.TOO_LITTLE, findings=findings(facts)), None
    if again is None:
        return _plain(case, None, scan, facts), None
    rest = (case.source - case.denoised) / level
    colour = whiteness.noise_colour(case.source / level, rest, 1.0, scan.factor)
    probe = take_probe(case.source, case.denoised, level, colour, _in_sigma(again, base))
    report, maps = _with_probe(case, probe, scan, facts.with_colour(colour))
    return verdict.judged(report), maps


@dataclass(frozen=True, eq=False)
class _Case:
    """Source and denoised image in units of sigma, where the object is, and the noise ``level`` around 1."""

    source: NDArray[Any]
    denoised: NDArray[Any]
    level: float | Floats
    inside: Mask
    rician: bool

    @classmethod
    def of(cls, source: NDArray[Any], denoised: NDArray[Any], level: float | Floats) -> "_Case":
        rician = is_magnitude(source)
        return cls(source, denoised, level, object_mask(np.abs(denoised), level, rician=rician), rician)


def object_mask(image: Floats, level: float | Floats = 1.0, *, rician: bool) -> Mask:
    """Return where an image of magnitudes in sigma is clearly above the noise, and no mere haze."""
    haze = OBJECT_FRACTION * float(np.percentile(image, 99))
    least = RICIAN_SIGNAL if rician else SIGNAL_OVER_NOISE
    return np.asarray(image > np.maximum(least * level, haze))


def _in_sigma(again: Denoiser, base: float) -> Denoiser:
    unit = np.float32(base)
    return lambda image: again(image * unit) / unit


def _plain(case: _Case, leak: structure.Leak | None, scan: Scan, facts: Facts) -> ResidualReport:
    """Return what two images alone tell; ``leak`` is made from them where it is not known better."""
    residual = as_channels(case.source - case.denoised)
    values = within(residual / case.level, case.inside)
    snr = float(np.median((np.abs(case.denoised) / case.level)[case.inside]))
    leak = leak or structure.leak(_centred(residual, case), as_channels(case.denoised), None, case.inside)
    return ResidualReport(
        float(values.mean()),
        float(np.sqrt(np.mean(np.square(values)))),
        leak.correlation,
        whiteness.whiteness(residual / case.level, case.inside),
        snr,
        verdict.NOT_JUDGED,
        _histogram(values),
        kurtosis=whiteness.excess_kurtosis(values),
        peak_snr=facts.peak_snr,
        trained_snr=scan.trained_snr,
        sigma_ratio=facts.sigma_ratio,
        findings=findings(facts),
    )


def _with_probe(case: _Case, probe: Probe, scan: Scan, facts: Facts) -> Judgement:
    inside, level = case.inside, case.level
    residual, shown = as_channels(case.source - case.denoised), as_channels(case.denoised)
    centred, relative = _centred(residual, case), Probe(probe.noise / level, probe.passed / level)
    leak = structure.leak(centred / level, shown / level, relative, inside)
    spot = structure.largest_spot(centred / level, shown, relative, inside)
    found = sure.errors(residual, shown, probe, level, rician=case.rician)
    total, admitted, standard = sure.total(found, inside)
    local = sure.local_error(found, probe, level, inside)
    plain = _plain(case, leak, scan, facts)
    error = float(np.sqrt(max(total, standard)))
    report = replace(
        plain,
        expected_sd=sure.expected_sd(found, residual, level, inside),
        expected_whiteness=whiteness.expected_whiteness(probe, level, inside),
        weakness=leak.weakness,
        spot_z=spot.z,
        spot_chance_z=spot.chance_z,
        spot_index=spot.index,
        local_excess_z=local.excess_z,
        error_sigma=error,
        error_percent=100 * error / plain.input_snr,
        admitted_error_sigma=float(np.sqrt(max(admitted, 0.0))),
        resolution=resolution.resolution(as_channels(case.source), shown, probe, inside, scan.spacing_mm),
    )
    return report, TrustMaps(leak.map, local.error)


def _centred(residual: Floats, case: _Case) -> Floats:
    """Take the mean of Rician noise away, inside the object: it is no structure."""
    if not case.rician:
        return residual
    level = np.broadcast_to(case.level, case.inside.shape)[case.inside]
    bias = np.zeros(case.inside.shape, np.float32)
    bias[case.inside] = sure.rician_bias(np.abs(case.denoised[case.inside]).astype(np.float64) / level) * level
    return np.asarray(residual - bias, dtype=np.float32)


def _histogram(values: Floats) -> tuple[float, ...]:
    """Return the density per sigma of the residuals in bins; what lies beyond the ends counts in none."""
    limits = (-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA)
    counts, edges = np.histogram(values, bins=HISTOGRAM_BINS, range=limits)
    return tuple((counts / (values.size * np.diff(edges))).tolist())

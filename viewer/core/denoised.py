"""What a denoising run returns: the image, the noise it assumed, and what it took away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from viewer.core.volume import Volume


@dataclass(frozen=True, eq=False)
class NoiseEstimate:
    """Standard deviation ``sigma`` of the noise per real channel, in the volume's unit, and where it came from.

    ``source`` is one of ``given``, ``repeat``, ``noise scan``, ``background``, ``wavelet``; ``method`` says it in
    a sentence. ``map`` (slices, rows, columns) float32, read-only, is how much louder than ``sigma`` the noise of
    each voxel is; None where it is the same everywhere, as far as can be told. ``confidence`` in 0..1. ``factor``
    is how many stored voxels share one measured sample along (rows, columns) because the scanner zero-filled
    k-space; (1, 1) for a native grid.
    """

    sigma: float
    source: str
    method: str
    confidence: float
    factor: tuple[float, float] = (1.0, 1.0)
    map: NDArray[Any] | None = None


@dataclass(frozen=True)
class ModelIdentity:
    """Which network ran: name, version, SHA-256 of the ONNX file, and the runtime that executed it."""

    name: str
    version: str
    sha256: str
    runtime: str = ""
    provider: str = ""


HISTOGRAM_LIMIT_SIGMA = 4.0


@dataclass(frozen=True)
class Resolution:
    """The finest detail (half a period, mm) above the noise ``before``, and kept at half its amplitude ``after``.

    None where it cannot be measured; ``note`` says why.
    """

    before_mm: float | None
    after_mm: float | None
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """Something in the image or the run that a reader must know: what it is, and what to do about it."""

    kind: str
    text: str


@dataclass(frozen=True, eq=False)
class TrustMaps:
    """Where to look twice, (slices, rows, columns) float32, 0 outside the object.

    ``leak`` -1..1: correlation of the remaining error with the detail on show; above 0 detail was taken away,
    below it was made up. ``error_sigma``: root mean square error around each voxel, in sigma. Both are averages
    over a few voxels.
    """

    leak: NDArray[Any]
    error_sigma: NDArray[Any]


@dataclass(frozen=True)
class ResidualReport:
    """Residual analysis in units of sigma, inside the object where signal is well above noise.

    ``sd`` is to be read beside ``expected_sd``, ``whiteness`` (lag-1 autocorrelation, row and column) beside
    ``expected_whiteness``: what a faithful denoiser would leave of this noise. ``structure_correlation`` is 0
    when no detail was taken away or made up, ``weakness`` the share of fine detail that is missing.
    ``input_snr`` is median tissue / sigma. What a quick run does not measure is None.
    """

    mean: float
    sd: float
    structure_correlation: float
    whiteness: tuple[float, float]
    input_snr: float
    verdict: str
    histogram: tuple[float, ...] = ()
    """Probability density per sigma of the residual in equal bins over ±`HISTOGRAM_LIMIT_SIGMA`."""
    grade: str = "unknown"
    """``good``, ``caution``, ``doubtful`` or ``unknown``."""
    expected_sd: float | None = None
    expected_whiteness: tuple[float, float] | None = None
    kurtosis: float | None = None
    weakness: float | None = None
    spot_z: float | None = None
    """Where most was taken away or added in one place: in standard deviations of the noise at that size."""
    spot_chance_z: float | None = None
    """What noise alone reaches in an object of this size, at most about once."""
    spot_index: tuple[int, int, int] | None = None
    """(slice, row, column) of that spot, from 0."""
    local_excess_z: float | None = None
    """The largest local error beyond the admitted one, in standard deviations of what chance gives."""
    error_sigma: float | None = None
    """Root mean square error that remains, by Stein's unbiased risk estimate, in sigma."""
    error_percent: float | None = None
    """The same in percent of the median signal inside the object."""
    admitted_error_sigma: float | None = None
    """The error that a faithful denoiser with this response to noise would have."""
    resolution: Resolution | None = None
    peak_snr: float | None = None
    trained_snr: tuple[float, float] | None = None
    """Peak SNR of the image, and the range the network was trained on."""
    sigma_ratio: float | None = None
    """Noise in flat tissue, from diagonal detail, over the sigma that was used."""
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    """What made the grade less than good, worst first."""


@dataclass(frozen=True, eq=False)
class DenoiseResult:
    """A denoised volume beside its untouched source, on the same grid in the same unit.

    ``residual_sigma`` (slices, rows, columns) float32 is (source − denoised) / sigma, signed, on magnitudes.
    """

    source: Volume
    volume: Volume
    residual_sigma: NDArray[Any]
    noise: NoiseEstimate
    model: ModelIdentity
    strength: float
    seconds: float
    residual: ResidualReport
    warnings: tuple[str, ...] = ()
    maps: TrustMaps | None = None
    replay: Mapping[str, Any] = field(default_factory=dict)
    """What `lowfield replay` needs to denoise again; empty where nothing made it from a study."""

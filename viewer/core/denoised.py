"""What a denoising run returns: the image, the noise it assumed, and what it took away."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from viewer.core.volume import Volume


@dataclass(frozen=True)
class NoiseEstimate:
    """Standard deviation ``sigma`` of the noise per real channel, in the volume's unit, and where it came from.

    ``source`` is one of ``given``, ``background``, ``wavelet``, ``repeat``; ``method`` says it in a sentence.
    ``confidence`` in 0..1. ``factor`` is how many stored voxels share one measured sample along
    (rows, columns) because the scanner zero-filled k-space; (1, 1) for a native grid.
    """

    sigma: float
    source: str
    method: str
    confidence: float
    factor: tuple[float, float] = (1.0, 1.0)


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
class ResidualReport:
    """Residual analysis in units of sigma, inside the object where signal is well above noise.

    ``sd`` near 1 and ``structure_correlation`` near 0 say that noise was removed and structure kept;
    ``whiteness`` is the lag-1 autocorrelation (row, column). ``input_snr`` is median tissue / sigma.
    """

    mean: float
    sd: float
    structure_correlation: float
    whiteness: tuple[float, float]
    input_snr: float
    verdict: str
    histogram: tuple[float, ...] = ()
    """Probability density per sigma of the residual in equal bins over ±`HISTOGRAM_LIMIT_SIGMA`."""


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

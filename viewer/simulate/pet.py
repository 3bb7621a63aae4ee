"""A PET scan of the IEC phantom: resolution, counting noise, and the arithmetic of a clinical scanner.

The scanner blurs (intrinsic resolution), counts (Poisson, in proportion to activity, positron branching and
time), divides by the branching and corrects the decay *of the nuclide it was told*, and smooths
(reconstruction filter), so noise is positive, correlated and stronger where there is more activity. Scatter
and prompt gammas are assumed to be corrected perfectly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, expm1, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Volume
from viewer.simulate.iec import IecPhantom
from viewer.simulate.phantom_frame import phantom_geometry, phantom_origin

SCAN_START = datetime(2026, 4, 2, 10, 30)
FILL_TO_SCAN_S = 1800.0
DETECTION = 1e-3
"""Counts that carry the noise of one positron decay: geometry, attenuation and noise gain of reconstruction."""
PHANTOM_KG = 10.6
CORRECTIONS = ("NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN")


@dataclass(frozen=True)
class Emitter:
    """A positron emitter as scanner or physics knows it: numbers of the caller's choice, and how it is coded."""

    meaning: str
    half_life_s: float
    positron_fraction: float
    code: tuple[str, str] | None = None

    @property
    def decay_constant(self) -> float:
        """λ = ln 2 / half-life, 1/s."""
        return log(2) / self.half_life_s

    def frame_factor(self, duration_s: float) -> float:
        """F(T) = λT / (1 − e^(−λT)): activity at the start of a frame over its mean."""
        return self.decay_constant * duration_s / -expm1(-self.decay_constant * duration_s)


@dataclass(frozen=True)
class Scan:
    """How the scanner worked. Lengths FWHM in mm; ``bed_starts_s`` after ``start``, from the lowest bed up.

    ``fwhm_mm`` is the resolution of the finished image, ``filter_fwhm_mm`` the smoothing contained in it.
    """

    duration_s: float = 1200.0
    fwhm_mm: float = 6.5
    filter_fwhm_mm: float = 4.5
    detection: float = DETECTION
    bed_starts_s: Sequence[float] = (0.0,)
    start: datetime = SCAN_START

    def __post_init__(self) -> None:
        if not 0 <= self.filter_fwhm_mm <= self.fwhm_mm or min(self.duration_s, self.detection) <= 0:
            raise LowfieldError(f"{self} cannot be simulated.")


@dataclass(frozen=True, eq=False)
class PetSimulation:
    """A simulated series: ``volume`` as the scanner reports it (BQML, acquisition attached), and its truth.

    ``noise_free`` (slices, rows, columns) is what ``volume`` would hold without noise; ``blurred`` the true
    concentration at the start of the scan, in Bq/mL, as far as the resolution lets one see it.
    """

    volume: Volume
    noise_free: NDArray[np.float32]
    blurred: NDArray[np.float32]
    truth: dict[str, Any]


def simulate_pet(
    phantom: IecPhantom,
    nuclide: Emitter,
    rng: np.random.Generator,
    *,
    acquired_as: Emitter | None = None,
    scan: Scan = Scan(),
    geometry: Geometry | None = None,
) -> PetSimulation:
    """Scan a phantom whose activity is that of ``nuclide`` at the start of the scan.

    ``acquired_as`` is what the scanner was told (default: the truth). Decay correction is START.
    """
    told = acquired_as or nuclide
    grid = geometry or phantom_geometry(phantom)
    intrinsic = sqrt(scan.fwhm_mm**2 - scan.filter_fwhm_mm**2)
    seen = blur(phantom.concentration(grid), intrinsic, grid)
    starts = slice_starts(grid.shape[0], scan.bed_starts_s)
    counts = _counts_per_bq_ml(nuclide, scan, starts, grid)[:, None, None]
    measured = (rng.poisson(seen * counts) / counts).astype(np.float32)
    shown = shown_per_true(nuclide, told, scan.duration_s, starts).astype(np.float32)[:, None, None]
    blurred = blur(seen, scan.filter_fwhm_mm, grid)
    acquisition = _acquisition(phantom, nuclide, told, scan, starts)
    origin = phantom_origin("PT", f"PET {nuclide.meaning.replace('^', '')} as {told.meaning.replace('^', '')}")
    noisy = blur(measured, scan.filter_fwhm_mm, grid) * shown
    volume = Volume(noisy, grid, "Bq/mL", origin, acquisition=acquisition)
    return PetSimulation(volume, blurred * shown, blurred, _truth(phantom, nuclide, told, scan))


def blur(image: NDArray[np.float32], fwhm_mm: float, geometry: Geometry) -> NDArray[np.float32]:
    """Convolve (slices, rows, columns) with a Gaussian of ``fwhm_mm``."""
    sigma = fwhm_mm / sqrt(8 * log(2))
    return np.asarray(
        ndimage.gaussian_filter(image, [sigma / d for d in geometry.spacing_mm], mode="constant", truncate=5.0)
    )


def slice_starts(slices: int, bed_starts_s: Sequence[float]) -> NDArray[np.float64]:
    """Return when the bed of each slice started, (slices,) in s after the scan's start."""
    bed = np.arange(slices) * len(bed_starts_s) // slices
    return np.asarray(bed_starts_s, float)[bed]


def _counts_per_bq_ml(nuclide: Emitter, scan: Scan, starts: NDArray[Any], geometry: Geometry) -> NDArray[Any]:
    """Return expected counts (slices,) of a voxel that holds 1 Bq/mL at the start of the scan."""
    decays = np.exp(-nuclide.decay_constant * starts) * scan.duration_s / nuclide.frame_factor(scan.duration_s)
    return np.asarray(geometry.voxel_volume_ml * nuclide.positron_fraction * scan.detection * decays)


def shown_per_true(
    nuclide: Emitter, told: Emitter, duration_s: float, starts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the scanner's number over the true concentration at the scan's start, for frames at ``starts`` s.

    The mean of the frame is e^(−λt)/F of the truth and yields positrons by its true branching; the scanner
    divides by the branching it was told and multiplies by F·e^(λt) of the nuclide it was told.
    """
    mean = np.exp(-nuclide.decay_constant * starts) / nuclide.frame_factor(duration_s)
    per_positron = nuclide.positron_fraction / told.positron_fraction
    return np.asarray(mean * per_positron * told.frame_factor(duration_s) * np.exp(told.decay_constant * starts))


def _acquisition(
    phantom: IecPhantom, nuclide: Emitter, told: Emitter, scan: Scan, starts: NDArray[np.float64]
) -> PetAcquisition:
    """Return what the header says: the nuclide the scanner was told, and the dose as measured at the fill."""
    mean_time_s = log(told.frame_factor(scan.duration_s)) / told.decay_constant
    frames = tuple(
        PetFrame(scan.start + timedelta(seconds=float(t)), scan.duration_s, 1000 * (float(t) + mean_time_s))
        for t in starts
    )
    return PetAcquisition(
        units="BQML",
        decay_correction="START",
        corrected_image=CORRECTIONS,
        nuclide_code=told.code,
        nuclide_meaning=told.meaning,
        half_life_s=told.half_life_s,
        positron_fraction=told.positron_fraction,
        injected_dose_bq=phantom.activity_bq * exp(nuclide.decay_constant * FILL_TO_SCAN_S),
        injection_time=scan.start - timedelta(seconds=FILL_TO_SCAN_S),
        series_time=scan.start,
        scan_start=scan.start,
        patient_weight_kg=PHANTOM_KG,
        frames=frames,
    )


def _truth(phantom: IecPhantom, nuclide: Emitter, told: Emitter, scan: Scan) -> dict[str, Any]:
    return {
        **phantom.truth(),
        "reference_time": scan.start.isoformat(),
        "duration_s": scan.duration_s,
        "fwhm_mm": scan.fwhm_mm,
        "nuclide": nuclide.meaning.replace("^", ""),
        "half_life_s": nuclide.half_life_s,
        "positron_fraction": nuclide.positron_fraction,
        "acquired_as": told.meaning.replace("^", ""),
    }

"""Clean volumes that no training saw, and simulated scans of them.

The recipe's development volumes, and what else of the shared data is marked dev-test and is clean enough. Each is
cut to a few central slices. References hold some noise of their own (`own_noise`), alike for all methods; those of
the second list are used from ``lowest`` upwards.
Left out at every level: lumc_phantom (SNR 11), sct_testing T1w and T2 (SNR 7 and 13), mgh_portable (interpolated,
corrected and masked: no reference).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from scipy import fft, ndimage

from denoising.own_noise import OwnNoise, echo_residual, outer_coils, outer_k_space, quiet_corner
from viewer.simulate.mri import AcquisitionOptions, acquire, k_space_filter
from viewer.training.volumes import fourier_crop, read_volume, references

ROOT = Path(__file__).resolve().parents[3]
SLICES = 6


@dataclass(frozen=True, eq=False)
class Reference:
    """A clean stack (slices, rows, columns), real or complex, whose 99.5th percentile is 1."""

    name: str
    clean: np.ndarray
    lowest: float = 0.0
    own: OwnNoise = field(default_factory=OwnNoise)


def reference(name: str, stack, tissue: float = 0.0, lowest: float = 0.0) -> Reference:
    """Cut and scale a stack whose noise in ``tissue`` is given in its own unit."""
    cut = central(stack)
    peak = np.float32(np.percentile(np.abs(cut), 99.5))
    clean = cut / peak
    own = OwnNoise(float(tissue / peak), quiet_corner(clean), one_channel=not np.iscomplexobj(clean))
    return Reference(name, clean, lowest, own)


def central(stack):
    middle, half = len(stack) // 2, SLICES // 2
    return np.asarray(stack[max(middle - half, 0) : middle + half])


def development(data: Path) -> Iterator[Reference]:
    """Yield every reference whose files are there."""
    recipe = json.loads((ROOT / "viewer/training/recipe.json").read_text())
    for entry in recipe["development"]:
        volume, scale = read_volume(data / entry["path"]), entry["scales"][0]
        tissue = outer_k_space(central(volume), MEASURED[entry["name"]], scale)
        peak = np.percentile(fourier_crop(volume, scale), 99.5)
        yield reference(entry["name"], references(entry, data)[0], tissue / peak)
    for name, path, read, lowest in EXTRA:
        if (data / path).exists():
            yield reference(name, *read(data / path), lowest)


MEASURED = {
    "brain FLAIR (ljubljana 20)": (0.45, 0.3),
    "pelvis T2 sag (prostatex)": (0.35, 0.35),
    "head T1 sag (prisma)": (0.4, 0.4),
}
"""Up to where k-space was measured and hardly filtered: read off the spectra, see `outer_k_space`."""


def _spine(path):
    stack = np.asarray(nibabel.load(path).dataobj, dtype=np.float32).transpose(2, 1, 0)
    return fourier_crop(stack, 0.5), outer_k_space(central(stack), (0.5, 0.5), 0.5)


def _abdomen(path):
    stack = pydicom.dcmread(path).pixel_array[None].astype(np.float32)
    return fourier_crop(stack, 0.5), outer_k_space(stack, (0.5, 0.3), 0.5)


def _coils(path):
    """Combine eight coils by their own smoothed profiles; half the k-space, for less noise."""
    k_space = np.load(path)
    rows, columns = (n // 2 // 2 for n in k_space.shape[1:])
    middle = [n // 2 for n in k_space.shape[1:]]
    cut = k_space[:, middle[0] - rows : middle[0] + rows, middle[1] - columns : middle[1] + columns]
    coils = fft.fftshift(fft.ifft2(fft.ifftshift(cut, axes=(1, 2))), axes=(1, 2))
    smooth = ndimage.gaussian_filter(coils.real, (0, 3, 3)) + 1j * ndimage.gaussian_filter(coils.imag, (0, 3, 3))
    smooth *= np.exp(-1j * np.angle(smooth[:1]))
    weight = np.sqrt(np.sum(np.abs(smooth) ** 2, axis=0)) + 1e-12
    joined = (np.sum(np.conj(smooth) * coils, axis=0) / weight)[None].astype(np.complex64)
    return joined, outer_coils(k_space, smooth / weight)


def _echo(path):
    """Return the first echo of a gradient-echo scan, magnitude and phase joined."""
    echoes = [np.asarray(nibabel.load(path / f"{n}.nii.gz").dataobj, np.float32) for n in ("Mag", "Phase")]
    magnitude, phase = (part[..., 0] for part in echoes)
    image = (magnitude * np.exp(1j * phase * (np.pi / np.abs(phase).max()))).transpose(2, 1, 0)
    return image.astype(np.complex64), echo_residual(np.stack([central(echo) for echo in echoes[0].T]))


EXTRA = (
    ("spine T2* (sct_testing, x0.5)", "sct_testing/t2s_uncropped.nii.gz", _spine, 0.025),
    ("abdomen T2, one slice (oro_dicom, x0.5)", "oro_dicom/Abdo.dcm", _abdomen, 0.025),
    ("brain, one complex slice (sigpy_kspace, x0.5)", "sigpy_kspace/cartesian_ksp.npy", _coils, 0.025),
    ("brain GRE, complex (mritools_megre)", "mritools_megre", _echo, 0.05),
)


PLAIN = AcquisitionOptions()


@dataclass(frozen=True)
class Kind:
    """How a scan is simulated: k-space treatment, and whether it is stored complex, signed or as a magnitude."""

    name: str
    stored: str
    options: AcquisitionOptions = PLAIN


KINDS = (
    Kind("white complex", "complex"),
    Kind("white real", "real"),
    Kind("coloured complex", "complex", AcquisitionOptions(gaussian=(0.7, 0.9))),
    Kind("Rician", "magnitude"),
    Kind("Rician, zero-filled x1.5", "magnitude", AcquisitionOptions(zero_fill=(1.5, 1.5))),
    Kind("Rician, zero-filled x2", "magnitude", AcquisitionOptions(zero_fill=(2.0, 2.0))),
)
HARD = tuple(kind.name for kind in KINDS[2:])
"""Kinds where noise is Rician, coloured or zero-filled."""


def scan(clean, kind: Kind, sigma: float):
    """Return (noisy, truth, noise power per in-plane frequency), the same on every run."""
    if kind.stored == "real":
        noise = np.random.default_rng(1).standard_normal(clean.shape, dtype=np.float32) * np.float32(sigma)
        return np.abs(clean) + noise, np.abs(clean), np.ones(clean.shape[1:])
    source = clean if np.iscomplexobj(clean) else clean * _phase(clean.shape)
    noisy = acquire(source, sigma, kind.options, np.random.default_rng(1))
    truth = acquire(source, 0.0, kind.options, np.random.default_rng(1))
    if kind.stored == "magnitude":
        noisy, truth = np.abs(noisy), np.abs(truth)
    return noisy, truth, noise_power(noisy.shape, clean.shape, kind)


def noise_power(stored, native, kind: Kind):
    """Return the noise power (rows, columns) of the stored image in the order of ``fft2``, relative."""
    power = np.zeros(stored[1:])
    inner = fft.fftshift(k_space_filter(*native[1:], kind.options) ** 2)
    start = [n // 2 - m // 2 for n, m in zip(stored[1:], native[1:])]
    power[start[0] : start[0] + native[1], start[1] : start[1] + native[2]] = inner
    return fft.ifftshift(power)


def window_power(power, size):
    """Return the noise power of a window of (rows, columns) ``size``: the same spectrum, sampled more coarsely.

    The autocorrelation is cut to the window and tapered, so that no power turns negative.
    """
    correlation = fft.fftshift(fft.ifft2(power).real)
    start = [n // 2 - m // 2 for n, m in zip(power.shape, size)]
    cut = correlation[start[0] : start[0] + size[0], start[1] : start[1] + size[1]]
    tapers = [np.bartlett(m + 2 - m % 2)[1 - m % 2 : m + 1 - m % 2] for m in size]
    return np.maximum(fft.fft2(fft.ifftshift(cut * np.outer(*tapers))).real, 0.0)


def _phase(shape):
    """Return unit phasors (slices, rows, columns): a smooth field, a ramp and an own offset per slice."""
    rng = np.random.default_rng(7)
    field = ndimage.zoom(
        rng.standard_normal((4, 4)), np.array(shape[1:]) / 4, order=3, mode="nearest", grid_mode=True
    )
    ramp = np.linspace(-1, 1, shape[1])[:, None] * 1.5 + np.linspace(-1, 1, shape[2])[None] * 0.8
    offsets = rng.normal(0, 0.3, (shape[0], 1, 1))
    return np.exp(1j * (field + ramp + offsets)).astype(np.complex64)

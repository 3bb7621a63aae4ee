import numpy as np
import pytest
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.denoise.noise import estimate_sigma
from viewer.denoise.rician import RAYLEIGH_SD, gaussian_sigma
from viewer.denoise.support import zero_fill_factor
from viewer.simulate.mri import AcquisitionOptions, acquire, magnitude

COLOURED = AcquisitionOptions(gaussian=(0.7, 0.9))
FILLED = AcquisitionOptions(zero_fill=(2.0, 2.0))


@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.1, 0.3])
@pytest.mark.parametrize("options", [AcquisitionOptions(), COLOURED, FILLED], ids=["white", "coloured", "filled"])
@pytest.mark.parametrize("kind", ["complex", "magnitude"])
def test_sigma_is_found_in_the_air(blob, sigma, options, kind):
    scan = acquire(blob(8), sigma, options, np.random.default_rng(3))
    estimate = estimate_sigma(scan if kind == "complex" else magnitude(scan))
    assert estimate.source == "background"
    assert estimate.sigma == pytest.approx(sigma, rel=0.05)
    assert estimate.confidence > 0.5


@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.2])
def test_masked_air_is_not_taken_for_silence(blob, sigma):
    clean = blob(8)
    scan = magnitude(acquire(clean, sigma, AcquisitionOptions(), np.random.default_rng(4))) * (clean > 0)
    estimate = estimate_sigma(scan)
    assert estimate.source == "wavelet"
    assert estimate.sigma == pytest.approx(sigma, rel=0.2)
    assert estimate.confidence < 0.5


def test_an_image_full_of_tissue_has_no_air_to_measure():
    clean = np.full((6, 64, 64), 1.0)
    estimate = estimate_sigma(magnitude(acquire(clean, 0.08, AcquisitionOptions(), np.random.default_rng(5))))
    assert estimate.source == "wavelet"
    assert estimate.sigma == pytest.approx(0.08, rel=0.05)


def test_interference_in_the_air_does_not_become_the_noise_level(blob):
    scan = acquire(blob(6), 0.03, AcquisitionOptions(), np.random.default_rng(6))
    rng = np.random.default_rng(7)
    gain = np.array([1.0, 5.0, 10.0, 20.0])  # a different loudness in every corner
    for n, (r, c) in enumerate(
        (r, c) for r in (slice(None, 14), slice(-14, None)) for c in (slice(None, 12), slice(-12, None))
    ):
        scan[:, r, c] += gain[n] * 0.03 * (rng.standard_normal(scan[:, r, c].shape) + 0j)
    assert estimate_sigma(scan).sigma < 0.09


@pytest.mark.parametrize("snr", [0.0, 0.5, 1.0, 2.0, 5.0, 30.0])
def test_koay_recovers_sigma_at_every_snr(snr):
    rng = np.random.default_rng(8)
    samples = np.abs(snr + rng.standard_normal(400_000) + 1j * rng.standard_normal(400_000))
    assert gaussian_sigma(float(samples.mean()), float(samples.std())) == pytest.approx(1.0, abs=0.03)


def test_koay_meets_rayleigh_in_the_dark():
    assert gaussian_sigma(0.5, 1.0) == pytest.approx(1 / RAYLEIGH_SD)


@pytest.mark.parametrize("factor", [(1.0, 1.0), (2.0, 2.0), (1.0, 2.0), (1.5, 1.0)])
@pytest.mark.parametrize("kind", ["complex", "magnitude"])
def test_zero_filling_shows_in_the_spectrum(blob, factor, kind):
    scan = acquire(blob(6), 0.04, AcquisitionOptions(zero_fill=factor), np.random.default_rng(9))
    found = zero_fill_factor(scan if kind == "complex" else magnitude(scan))
    assert found == pytest.approx(factor, rel=0.06)


def slice_of_ellipses(seed):
    """One slice (1, 114, 90) of sixty ellipses in a head."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1:1:114j, -1:1:90j]
    head = 0.6 * ((x / 0.8) ** 2 + (y / 0.85) ** 2 < 1)
    image = head.copy()
    for _ in range(60):
        centre, radius = rng.uniform(-0.7, 0.7, 2), rng.uniform(0.03, 0.25, 2)
        inside = ((x - centre[0]) / radius[0]) ** 2 + ((y - centre[1]) / radius[1]) ** 2 < 1
        image += rng.normal(0, 0.2) * (inside & (head > 0))
    return ndimage.gaussian_filter(np.maximum(image, 0), 0.5)[None]


def test_single_slices_of_little_noise_are_not_taken_for_zero_filled():
    """Their spectrum is rough: a step on one axis that is no larger than its roughness means nothing."""
    noises = [0.02 * np.random.default_rng(seed).standard_normal((1, 114, 90)) for seed in range(40)]
    taken = [max(zero_fill_factor(slice_of_ellipses(seed) + noise)) > 1 for seed, noise in enumerate(noises)]
    assert np.mean(taken) <= 0.05


@pytest.mark.parametrize("kind", ["complex", "magnitude"])
@pytest.mark.parametrize("seed", range(4))
def test_a_single_slice_filled_along_one_axis_is_found(seed, kind):
    options = AcquisitionOptions(zero_fill=(1.0, 2.0))
    image = acquire(slice_of_ellipses(seed), 0.05, options, np.random.default_rng(seed))
    assert zero_fill_factor(image if kind == "complex" else np.abs(image)) == (1.0, 2.0)


def test_real_scans_are_not_taken_for_zero_filled_and_filled_ones_are(shared_data):
    """55 mT FSE: the k-space is 128 x 126, the stored complex image 256 x 256 (facts/ulf-mri.md §3)."""
    io = pytest.importorskip("scipy.io")
    folder = shared_data("hku_55mT") / "Figure 6A" / "0.055T"
    stored = io.loadmat(folder / "0.055T_FSE.mat")["image"].transpose(2, 0, 1)
    k_space = io.loadmat(folder / "0.055T_FSE_kspace_postEMI.mat")["kspace"].transpose(2, 0, 1)
    native = np.fft.ifft2(np.fft.ifftshift(k_space, axes=(1, 2)), axes=(1, 2))
    assert zero_fill_factor(stored) == (2.0, 2.0)
    assert zero_fill_factor(np.abs(stored)) == (2.0, 2.0)
    assert zero_fill_factor(native) == (1.0, 1.0)
    assert zero_fill_factor(np.abs(native)) == (1.0, 1.0)


@pytest.mark.parametrize("data", [np.zeros((3, 32, 32)), np.full((3, 32, 32), 4.0)])
def test_empty_and_constant_images_are_refused(data):
    with pytest.raises(LowfieldError, match="empty or constant"):
        estimate_sigma(data)


def test_an_image_without_noise_is_refused(blob):
    with pytest.raises(LowfieldError, match="no noise"):
        estimate_sigma((blob() > 0).astype(np.float32))


def test_a_tiny_image_asks_for_sigma():
    with pytest.raises(LowfieldError, match="too small"):
        estimate_sigma(np.arange(9.0).reshape(1, 3, 3))


def test_uneven_lines_of_an_image_too_small_for_blocks_are_believed():
    profile = np.ones(24)
    profile[10:13] = 4.0
    rng = np.random.default_rng(11)
    noise = acquire(np.zeros((60, 24, 24)), 1.0, AcquisitionOptions(), rng) * profile[:, None]
    estimate = estimate_sigma(noise, (4.0, 1.0))
    assert estimate.map is not None and estimate.sigma == pytest.approx(1.0, rel=0.1)

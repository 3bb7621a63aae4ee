import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.denoise.detail import sigma_from_detail
from viewer.denoise.noise import estimate_sigma
from viewer.simulate.mri import AcquisitionOptions, acquire

KINDS = {
    "white": AcquisitionOptions(),
    "coloured": AcquisitionOptions(gaussian=(0.7, 0.9)),
    "coloured along rows": AcquisitionOptions(gaussian=(0.0, 0.6)),
    "filled": AcquisitionOptions(zero_fill=(2.0, 2.0)),
}
FACTORS = {"filled": (2.0, 2.0)}


def tissue(slices=6, size=96):
    """A field without air: smooth brightness, edges, and a textured third."""
    y, x = np.mgrid[-1 : 1 : 1j * size, -1 : 1 : 1j * size]
    image = 1 + 0.3 * np.cos(2 * x + y) + 0.4 * (x**2 + (1.5 * y) ** 2 < 0.3)
    image += 0.2 * (x > 0.3) * np.sin(60 * x) * np.sin(47 * y)
    return np.repeat(image[None], slices, axis=0).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.03, 0.1, 0.3])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stored", ["complex", "signed"])
def test_sigma_without_air_is_found_whatever_the_colour(kind, sigma, stored):
    clean = tissue() * np.complex64(np.exp(0.6j))
    scan = acquire(clean, sigma, KINDS[kind], np.random.default_rng(1))
    scan = scan if stored == "complex" else scan.real - 0.8
    assert sigma_from_detail(scan, FACTORS.get(kind, (1.0, 1.0))) == pytest.approx(sigma, rel=0.08)


@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.5])
def test_sigma_of_magnitudes_is_freed_of_the_rician_bias(sigma):
    scan = np.abs(acquire(tissue(), sigma, AcquisitionOptions(), np.random.default_rng(2)))
    assert sigma_from_detail(scan, (1.0, 1.0)) == pytest.approx(sigma, rel=0.1)


def test_texture_in_a_part_of_the_image_does_not_count_as_noise():
    clean = tissue()
    scan = acquire(clean, 0.02, AcquisitionOptions(), np.random.default_rng(3)).real
    whole = np.std(np.diff(scan, axis=2)) / np.sqrt(2)
    assert sigma_from_detail(scan, (1.0, 1.0)) == pytest.approx(0.02, rel=0.1) and whole > 0.04


def test_what_is_taken_for_air_gives_way_to_quieter_tissue():
    """Dim anatomy fills the corners, rough enough to pass for air."""
    rng = np.random.default_rng(4)
    clean = tissue() + 0j
    for rows in (slice(None, 12), slice(-12, None)):
        for columns in (slice(None, 12), slice(-12, None)):
            corner = clean[:, rows, columns]
            clean[:, rows, columns] = 0.04 * (
                rng.standard_normal(corner.shape) + 1j * rng.standard_normal(corner.shape)
            )
    scan = acquire(clean, 0.05, AcquisitionOptions(), rng)
    estimate = estimate_sigma(scan)
    assert estimate.source == "wavelet" and estimate.sigma == pytest.approx(0.05, rel=0.06)


def test_images_without_blocks_to_judge_are_refused():
    with pytest.raises(LowfieldError, match="too small"):
        sigma_from_detail(np.ones((2, 6, 6)), (1.0, 1.0))
    with pytest.raises(LowfieldError, match="empty nearly everywhere"):
        sigma_from_detail(np.eye(32)[None], (1.0, 1.0))


def test_an_image_of_exact_steps_holds_no_noise():
    assert sigma_from_detail(np.repeat(np.arange(16.0), 8)[None, None] + np.zeros((1, 64, 1)), (1.0, 1.0)) == 0

"""Warnings on images with one planted fault each, and none on a clean scan. No network is needed."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.denoise.artifacts import Facts, findings
from viewer.denoise.whiteness import noise_colour
from viewer.simulate.mri import AcquisitionOptions, acquire

SIGMA = 0.05
PLAIN = AcquisitionOptions()


@pytest.fixture
def scan(blob):
    """Return a function that scans the blob: (noisy, clean), in sigma, magnitude or complex."""

    def make(options=PLAIN, magnitude=True):
        clean = blob(6, 128, 112) * np.exp(0.3j)
        noisy = acquire(clean, SIGMA, options, np.random.default_rng(7)) / SIGMA
        truth = acquire(clean, 0.0, options, np.random.default_rng(7)) / SIGMA
        return (np.abs(noisy), np.abs(truth)) if magnitude else (noisy, truth)

    return make


def kinds(source, denoised, **options):
    facts = Facts(source, denoised, **options)
    colour = noise_colour(source, source - denoised, 1.0, facts.factor)
    return {finding.kind for finding in findings(facts.with_colour(colour))}


@pytest.mark.parametrize("magnitude", [True, False])
@pytest.mark.parametrize("gaussian", [(0.0, 0.0), (0.7, 0.9)])
def test_a_clean_scan_raises_no_warning(scan, magnitude, gaussian):
    noisy, clean = scan(AcquisitionOptions(gaussian=gaussian), magnitude)
    assert kinds(noisy, clean, sigma_source="given", trained_snr=(2, 80)) == set()


@pytest.mark.parametrize("axis", [1, 2])
def test_lines_of_interference_are_named(scan, axis):
    noisy, clean = scan(magnitude=False)
    where = [slice(None)] * 3
    where[axis] = 30
    rng = np.random.default_rng(8)
    noisy[tuple(where)] += 4 * (rng.standard_normal(noisy[tuple(where)].shape) + 0j)
    (found,) = (f for f in findings(Facts(np.abs(noisy), clean)) if f.kind == "interference")
    assert f"{'rows' if axis == 1 else 'columns'} 31)" in found.text


@pytest.mark.parametrize("axis", [1, 2])
def test_a_ghost_is_seen_with_its_size(scan, axis):
    noisy, clean = scan(magnitude=False)
    shift = clean.shape[axis] // 2
    image = np.abs(noisy + 0.15 * np.roll(clean, shift, axis=axis))
    (found,) = (f for f in findings(Facts(image, np.abs(clean))) if f.kind == "ghost")
    assert ("vertical" if axis == 1 else "horizontal") in found.text
    share = int(found.text.split("with ")[1].split("%")[0])
    assert 10 <= share <= 18


def test_clipping_is_seen(scan):
    noisy, clean = scan()
    ceiling = np.percentile(noisy, 99)
    assert "clipped" in kinds(np.minimum(noisy, ceiling), np.minimum(clean, ceiling))


@pytest.mark.parametrize("factor, word", [(2.0, "higher"), (0.5, "lower")])
def test_a_wrong_sigma_is_named_with_its_factor(scan, factor, word):
    noisy, clean = scan()
    (found,) = (
        f for f in findings(Facts(noisy / factor, clean / factor, sigma_source="given")) if f.kind == "sigma"
    )
    assert f"2.0 times {word}" in found.text or f"1.9 times {word}" in found.text


def test_an_image_that_was_denoised_before_is_known_by_its_quiet_tissue(scan):
    noisy, clean = scan()
    filtered = np.where(clean > 2, 0.85 * clean + 0.15 * noisy, noisy)
    assert "denoised before" in kinds(filtered, clean, sigma_source="background")


def test_an_image_interpolated_by_other_software_is_seen(scan):
    noisy, clean = scan(magnitude=False)
    double = [ndimage.zoom(part, (1, 2, 2), order=1) for part in (noisy.real, noisy.imag)]
    image = (double[0] + 1j * double[1]) / float(np.std(double[0][:, :20, :20]))
    assert "interpolated" in kinds(image, ndimage.zoom(np.abs(clean), (1, 2, 2), order=1))


@pytest.mark.parametrize("peak, advice", [(0.8, "Detail is lost"), (300.0, "little to gain")])
def test_an_snr_outside_the_training_is_named(scan, peak, advice):
    _, clean = scan()
    image = clean / np.percentile(clean, 99.5) * peak
    (found,) = (f for f in findings(Facts(image, image, trained_snr=(2, 80))) if f.kind == "SNR")
    assert advice in found.text and f"{peak:.1f}" in found.text

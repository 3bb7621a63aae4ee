"""The panel on denoisers whose answer is known: faithful, over-smoothing, inventing, or told a wrong sigma."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.core.denoised import HISTOGRAM_LIMIT_SIGMA
from viewer.denoise.residual import Scan, analyse
from viewer.denoise.residual import judge as judge_with_maps

SHAPE = (8, 128, 96)
LEVEL, TEXTURE = 30.0, 1.5
KEPT = TEXTURE**2 / (TEXTURE**2 + 1)
"""What the best denoiser keeps of white texture of this SD under noise of SD 1 (Wiener)."""


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(1)
    y, x = np.mgrid[-1 : 1 : SHAPE[1] * 1j, -1 : 1 : SHAPE[2] * 1j]
    head = np.hypot(y / 0.8, x / 0.75) < 1
    clean = head * (LEVEL + TEXTURE * rng.standard_normal(SHAPE))
    pair = rng.standard_normal((2, *SHAPE))
    return head, clean, (clean + pair[0] + 1j * pair[1]).astype(np.complex64)


def denoiser(head, strength):
    """Scale whatever differs from the plateau by ``strength``, and clear the air."""
    return lambda image: (head * (LEVEL + strength * (image.real - LEVEL))).astype(np.complex64)


def judge(scene, strength):
    head, _, noisy = scene
    again = denoiser(head, strength)
    return analyse(noisy, again(noisy), 1.0, again, Scan())


def test_a_faithful_denoiser_leaves_what_is_expected_of_it(scene):
    report = judge(scene, KEPT)
    real_part = 1 - KEPT  # of the noise; all of the imaginary part is taken away
    assert report.expected_sd == pytest.approx(np.sqrt((1 + real_part) / 2), abs=0.01)
    assert report.sd == pytest.approx(report.expected_sd, abs=0.01)
    assert report.structure_correlation == pytest.approx(0, abs=0.01)
    assert report.weakness == pytest.approx(0, abs=0.02)
    assert report.error_sigma == pytest.approx(np.sqrt(KEPT / 2), abs=0.02)
    assert report.admitted_error_sigma == pytest.approx(np.sqrt(KEPT / 2), abs=0.02)
    assert report.error_percent == pytest.approx(100 * report.error_sigma / report.input_snr)
    assert np.allclose(report.expected_whiteness, 0, atol=0.02)


def test_detail_taken_away_shows_as_a_leak_of_its_size(scene):
    again = denoiser(scene[0], 0.6 * KEPT)
    report = judge(scene, 0.6 * KEPT)
    assert report.weakness == pytest.approx(1 / 0.6 - 1, abs=0.08)  # it should be so much stronger
    assert report.structure_correlation > 0.1
    maps = judge_with_maps(scene[2], again(scene[2]), 1.0, again)[1]
    assert maps.leak[maps.leak != 0].mean() == pytest.approx(report.structure_correlation, abs=1e-3)
    assert report.sd > report.expected_sd + 0.02


def test_exaggerated_detail_shows_as_a_leak_below_zero(scene):
    assert judge(scene, 1.3 * KEPT).structure_correlation < -0.1


def test_the_error_is_the_true_one_whatever_the_denoiser_does(scene):
    head, clean, noisy = scene
    for strength in (0.3, 1.0):
        again = denoiser(head, strength)
        inside = (np.abs(again(noisy)) > 4) & head
        true = np.sqrt(np.mean(np.square(np.abs(again(noisy) - clean))[inside]) / 2)
        assert analyse(noisy, again(noisy), 1.0, again).error_sigma == pytest.approx(true, rel=0.03)


def test_the_unit_of_the_image_does_not_matter(scene):
    head, _, noisy = scene
    again = denoiser(head, KEPT)
    thousand = analyse(noisy * 1000, again(noisy) * 1000, 1000.0, lambda image: again(image / 1000) * 1000)
    plain = judge(scene, KEPT)
    assert thousand.sd == pytest.approx(plain.sd, rel=1e-4)
    assert thousand.error_sigma == pytest.approx(plain.error_sigma, rel=1e-3)


def test_a_spot_taken_away_is_found_where_it_was(scene):
    head, _, noisy = scene
    spot = np.zeros(SHAPE, np.float32)
    spot[5, 60:66, 40:46] = 3.0
    again = denoiser(head, KEPT)
    report = analyse(noisy + spot, again(noisy), 1.0, lambda image: again(image - spot))
    slice_, row, column = report.spot_index
    assert slice_ == 5 and abs(row - 62.5) < 3 and abs(column - 42.5) < 3
    assert report.spot_z > 10 > 6 > judge(scene, KEPT).spot_z


def test_one_run_gives_plain_statistics_and_no_grade(scene):
    head, _, noisy = scene
    report = analyse(noisy, denoiser(head, KEPT)(noisy), 1.0)
    assert report.sd == pytest.approx(judge(scene, KEPT).sd)
    assert report.grade == "unknown" and report.expected_sd is None
    assert "not judged" in report.verdict


@pytest.mark.parametrize("shape", [(1, 40, 1), (1, 8, 9), (2, 7, 300), (30, 20, 18)])
@pytest.mark.parametrize("kind", ["complex", "signed", "magnitude"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_small_odd_and_untouched_images_are_judged_without_a_stumble(shape, kind, kept):
    rng = np.random.default_rng(3)
    image = 20 + rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if kind == "complex" else 0)
    image = image.astype(np.complex64 if kind == "complex" else np.float32)
    if kind == "signed":
        image.flat[0] = -1

    def again(each):
        return (20 + kept * (each - 20)).astype(image.dtype)

    report = analyse(image, again(image), 1.0, again, Scan())
    assert np.isfinite(report.sd) and report.verdict


def test_an_image_below_the_noise_is_not_judged(scene):
    _, clean, noisy = scene
    report = analyse(noisy, clean.astype(np.complex64), 100.0)
    assert "Too little signal" in report.verdict and report.grade == "unknown"


def test_blur_is_doubtful_and_says_why(blob):
    clean = np.repeat(blob(1, 96, 80), 6, axis=0) * 40
    noisy = clean + np.random.default_rng(2).standard_normal(clean.shape).astype(np.float32)
    noisy[0, 0, 0] = -1  # signed

    def again(image):
        return ndimage.gaussian_filter(image, (0, 1.5, 1.5))

    report = analyse(noisy, again(noisy), 1.0, again)
    assert report.grade == "doubtful" and report.reasons
    assert report.verdict.startswith("Do not rely on this result")


def test_the_input_snr_is_the_median_tissue_over_sigma():
    image = np.full((4, 32, 32), 2.0)
    assert analyse(image, image, 0.1).input_snr == pytest.approx(20.0)


def test_the_histogram_is_the_normal_density_where_noise_alone_was_taken():
    rng = np.random.default_rng(5)
    clean = np.full((4, 128, 128), 100.0)
    report = analyse(clean + rng.normal(0, 2.0, clean.shape), clean, 2.0)
    edges = np.linspace(-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA, len(report.histogram) + 1)
    normal = np.exp(-(((edges[:-1] + edges[1:]) / 2) ** 2) / 2) / np.sqrt(2 * np.pi)
    assert np.abs(np.array(report.histogram) - normal).max() < 0.02
    assert sum(report.histogram) * (edges[1] - edges[0]) == pytest.approx(1, abs=1e-3)
    assert report.kurtosis == pytest.approx(0, abs=0.05)


def test_only_a_judged_result_has_its_air_searched(scene):
    head, _, noisy = scene
    again = denoiser(head, KEPT)
    loud = noisy.copy()
    loud[:, :, 60] *= 4  # a zipper
    quick, judged = (analyse(loud, again(noisy), 1.0, each) for each in (None, again))
    assert "interference" in {finding.kind for finding in judged.findings}
    assert "interference" not in {finding.kind for finding in quick.findings}
    assert quick.sd == judged.sd and quick.peak_snr == judged.peak_snr

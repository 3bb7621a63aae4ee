import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.denoise.lines import line_noise
from viewer.denoise.noise import estimate_sigma
from viewer.denoise.repeats import noise_from_repeats
from viewer.denoise.sources import noise_of
from viewer.simulate.head import head_phantom
from viewer.simulate.mri import AcquisitionOptions, acquire
from viewer.simulate.tissue import SEQUENCES

SHAPE = (6, 96, 80)
WHITE = AcquisitionOptions()


@pytest.fixture(scope="module")
def head():
    return head_phantom(12, (4, 136, 112), (5.0, 1.6, 1.6))


def blob():
    y, x = np.mgrid[-1 : 1 : SHAPE[1] * 1j, -1 : 1 : SHAPE[2] * 1j]
    head = ((y / 0.7) ** 2 + (x / 0.65) ** 2 < 1) * (0.6 + 0.25 * np.sin(9 * x) * np.cos(7 * y))
    return np.repeat(head[None], SHAPE[0], axis=0).astype(np.float32)


def scan(seed, profile=None, sigma=0.05, options=WHITE):
    """A blob with noise whose rows are as loud as ``profile`` (rows,) says."""
    rng = np.random.default_rng(seed)
    noise = acquire(np.zeros(SHAPE), sigma, options, rng)
    clean = acquire(blob(), 0.0, options, rng)
    return clean + noise * (1 if profile is None else np.asarray(profile, np.float32)[:, None])


def interference():
    profile = np.ones(SHAPE[1])
    profile[20] = 6.0
    profile[60:66] = (1.5, 2.5, 4.0, 4.0, 2.5, 1.5)
    return profile


@pytest.mark.parametrize("kind", ["complex", "magnitude", "signed"])
@pytest.mark.parametrize("options", [WHITE, AcquisitionOptions(gaussian=(0.0, 0.7))])
def test_the_noise_of_every_line_is_found(kind, options):
    image = scan(1, interference(), options=options)
    image = {"complex": image, "magnitude": np.abs(image), "signed": image.real.copy()}[kind]
    lines = line_noise(image)
    assert lines is not None and lines.axis == 1 and lines.uneven
    assert lines.base == pytest.approx(0.05, rel=0.08)
    ratio = lines.sigma / (0.05 * interference())
    assert np.abs(np.log(ratio)).max() < np.log(1.6) and np.abs(np.log(ratio)).mean() < 0.12


def test_even_noise_has_no_map():
    for seed in range(5):
        assert estimate_sigma(np.abs(scan(seed))).map is None


def test_the_map_of_uneven_noise_lies_along_its_lines_and_is_read_only():
    estimate = estimate_sigma(np.abs(scan(2, interference())).transpose(0, 2, 1))
    assert estimate.map is not None and estimate.map.shape == (6, 80, 96)
    assert np.ptp(estimate.map, axis=1).max() == 0 and estimate.map[0, 0, 20] > 4
    assert "column" in estimate.method and not estimate.map.flags.writeable


def test_anatomy_that_reaches_the_edge_is_not_noise():
    image = scan(3)
    image[:, 30:60, :] += 0.6 * np.exp(1j * np.linspace(0, 2, 80))
    for data in (image, np.abs(image)):
        lines = line_noise(data)
        assert lines is None or not lines.uneven or lines.sigma[45] < 2.5 * lines.base


def test_a_masked_background_gives_no_lines():
    image = np.abs(scan(4)) * (blob() > 0)
    assert line_noise(image) is None


def test_a_given_sigma_keeps_the_map_that_the_air_shows():
    estimate = noise_of(scan(5, interference()), given=0.2)
    assert estimate.sigma == 0.2 and estimate.source == "given" and estimate.map is not None
    assert noise_of(scan(5), given=0.2).map is None


def test_a_noise_scan_outranks_the_image_and_a_given_sigma_outranks_both():
    assert noise_of(scan(6), scanned=0.07).source == "noise scan"
    assert noise_of(scan(6), scanned=0.07, given=0.1).sigma == 0.1


@pytest.mark.parametrize("kind", ["complex", "magnitude"])
def test_repeats_give_the_noise_inside_the_object(kind):
    first, second = scan(7, interference()), scan(8, interference())
    if kind == "magnitude":
        first, second = np.abs(first), np.abs(second)
    estimate = noise_of(first, repeat=second)
    assert estimate.source == "repeat" and estimate.map is not None
    assert estimate.sigma == pytest.approx(0.05, rel=0.1)


def test_repeats_that_do_not_fit_or_are_the_same_are_refused():
    image = scan(9)
    with pytest.raises(LowfieldError, match="does not fit"):
        noise_from_repeats(image, image[:, :-1], (1.0, 1.0))
    with pytest.raises(LowfieldError, match="same image"):
        noise_from_repeats(image, image, (1.0, 1.0))


@pytest.mark.parametrize(("kind", "snr"), [("complex", 1.5), ("complex", 3.0), ("magnitude", 3.0)])
def test_faint_anatomy_is_not_taken_for_air(kind, snr):
    rng = np.random.default_rng(10)
    y, x = np.mgrid[-1:1:96j, -1:1:80j]
    faint = snr * 0.05 * (1 + 0.3 * np.cos(3 * x + y)) * np.exp(1j * (x + 0.5 * y))
    image = acquire(np.repeat(faint[None], 6, axis=0), 0.05, AcquisitionOptions(gaussian=(0.0, 0.8)), rng)
    estimate = estimate_sigma(image if kind == "complex" else np.abs(image))
    assert estimate.source == "wavelet" and estimate.map is None


def test_a_dim_head_that_fills_a_magnitude_image_leaves_no_air():
    """Twice sigma at the ends of every line: rough enough for air, but no line alone tells."""
    y, x = np.mgrid[-1:1:51j, -1:1:51j]
    clean = np.repeat((0.6 + 0.5 * (1 - x**2) * (1 - y**2))[None], 6, axis=0)
    image = np.abs(acquire(clean, 0.3, AcquisitionOptions(), np.random.default_rng(12)))
    estimate = estimate_sigma(image)
    assert line_noise(image) is None
    assert estimate.source == "wavelet" and estimate.sigma == pytest.approx(0.3, rel=0.1)


def test_lines_far_louder_than_smooth_tissue_hold_faint_anatomy(shared_data):
    """Pelvis at 30 %: the ends of the columns hold muscle of about sigma, unevenly (1.45 times the noise)."""
    from viewer.training.volumes import references

    entry = {"path": "prostatex/ProstateX-0000_3.000000-t2tsesag-87368.tar.xz", "scales": [0.5]}
    stack = references(entry, shared_data("prostatex").parent)[0]
    cut = stack[len(stack) // 2 - 3 : len(stack) // 2 + 3]
    image = np.abs(acquire(cut / np.percentile(cut, 99.5), 0.3, WHITE, np.random.default_rng(1)))
    assert estimate_sigma(image).sigma == pytest.approx(0.3, rel=0.1)
    assert noise_of(image, given=0.3).map is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_loud_rows_at_the_edge_are_not_taken_for_loud_columns(turns):
    profile = np.ones(SHAPE[1])
    profile[-14:] = np.linspace(2, 7, 14)
    image = np.rot90(scan(11, profile), turns, axes=(1, 2))
    lines = line_noise(image)
    assert lines is not None and lines.axis == 1 + turns % 2
    assert lines.base == pytest.approx(0.05, rel=0.12)


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=list(SEQUENCES))
@pytest.mark.parametrize("sigma", [0.03, 0.1])
def test_a_head_that_nearly_fills_the_image_makes_no_lines_loud(head, sequence, sigma):
    image = head.image(sequence)
    image = acquire(image / np.percentile(np.abs(image), 99.5), sigma, WHITE, np.random.default_rng(1))
    for data in (image, np.abs(image)):
        estimate = noise_of(data)
        assert estimate.sigma == pytest.approx(sigma, rel=0.06)
        assert estimate.map is None or estimate.map.max() < 2

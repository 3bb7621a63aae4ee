from dataclasses import replace

import numpy as np
import pytest

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.progress import silent
from viewer.denoise.cache import AnswerCache, content_key
from viewer.denoise.card import load_card
from viewer.denoise.engine import denoise
from viewer.denoise.runtime import _session, open_network, run_network
from viewer.denoise.runtime import identity as model_identity
from viewer.denoise.sources import noise_of
from viewer.denoise.views import VIEWS

SHIPPED = load_card("lowfield-fast")


def identity(inputs):
    """A network that finds no noise: the centre slice of five."""
    return inputs[:, 4:6]


def halve(inputs):
    return inputs[:, 4:6] / 2


@pytest.fixture(autouse=True)
def card(write_card):
    write_card()


def run(volume, network=identity, **options):
    return denoise(volume, model="tiny", sigma=options.pop("sigma", 0.1), network=network, **options)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 5), (4, 65, 63), (9, 150, 70), (2, 64, 64)])
@pytest.mark.parametrize("kind", ["magnitude", "signed", "complex"])
def test_an_identity_network_returns_any_volume_on_its_grid(make_volume, shape, kind):
    rng = np.random.default_rng(1)
    data = rng.random(shape) + 0.1
    data = {"magnitude": data, "signed": data - 0.6, "complex": data * np.exp(1j * data)}[kind]
    volume = make_volume(data, unit="arb", slice_names=("x",))
    result = run(volume)
    assert result.volume.geometry is volume.geometry and result.volume.unit == "arb"
    assert result.volume.data.dtype == volume.data.dtype
    np.testing.assert_allclose(result.volume.data, volume.data, atol=1e-5)
    np.testing.assert_allclose(result.residual_sigma, 0, atol=1e-4)
    assert result.source is volume


def test_strength_keeps_that_share_of_the_residual(make_volume, blob):
    volume = make_volume(blob())
    full, partly, none = (run(volume, halve, strength=s).volume.data for s in (1.0, 0.3, 0.0))
    np.testing.assert_allclose(full, volume.data / 2, atol=1e-6)
    np.testing.assert_allclose(partly, volume.data * 0.85, atol=1e-6)
    np.testing.assert_array_equal(none, volume.data)


@pytest.mark.parametrize(("loudest", "told"), [(1.0, False), (4.0, True)])
def test_the_derivation_tells_of_louder_lines(make_volume, blob, loudest, told):
    noise = np.random.default_rng(2).standard_normal((*blob().shape, 2)).astype(np.float32) @ [1, 1j] * 0.05
    noise[:, blob().shape[1] // 2 - 4 : blob().shape[1] // 2] *= loudest
    derivation = run(make_volume(blob() + noise), sigma=None).volume.origin.derivation
    assert ("louder lines as measured" in derivation) == told


@pytest.mark.parametrize("sign", [1, -1])
def test_a_signed_image_is_shown_with_its_signal_below_zero(make_volume, blob, sign):
    """So that the network never takes it for a magnitude, whose Rician bias it would remove."""
    seen = []

    def network(inputs):
        seen.append(float(inputs[:, 4].mean()))
        return inputs[:, 4:6] / 2

    noise = 0.1 * np.random.default_rng(3).standard_normal(blob().shape)
    data = sign * (blob() + noise)
    result = run(make_volume(data), network)
    assert all(mean < 0 for mean in seen)
    np.testing.assert_allclose(result.volume.data, data / 2, atol=1e-6)


@pytest.mark.parametrize("lean", [1, -1])
def test_an_image_and_its_probe_are_shown_with_the_same_sign(make_volume, lean):
    """Even where the image's mean is so close to zero that the probe's noise turns it."""
    data = np.random.default_rng(4).standard_normal((4, 32, 32)).astype(np.float32)
    data += lean * 1e-6 - data.mean()
    seen = []

    def network(inputs):
        seen.append(inputs[:, 4].copy())
        return inputs[:, 4:6] / 2

    run(make_volume(data), network)
    image, probe = np.concatenate(seen[: len(seen) // 2]), np.concatenate(seen[len(seen) // 2 :])
    assert np.corrcoef(image.ravel(), probe.ravel())[0, 1] > 0.9


def test_the_residual_is_signed_and_in_units_of_sigma(make_volume, blob):
    result = run(make_volume(blob()), halve, sigma=0.05)
    np.testing.assert_allclose(result.residual_sigma, blob() / 2 / 0.05, rtol=1e-5)
    assert result.noise.source == "given" and result.noise.sigma == 0.05


def test_a_magnitude_never_becomes_negative_and_a_signed_image_may(make_volume, blob):
    def below(inputs):
        return inputs[:, 4:6] - 5

    assert run(make_volume(blob()), below).volume.data.min() == 0
    assert run(make_volume(blob() - 2), below).volume.data.min() < -2


def test_holes_stay_holes_and_are_reported(make_volume, blob):
    data = blob()
    data[2, 3:5, 6] = np.nan
    data[1, 0, 0] = np.inf
    result = run(make_volume(data), halve)
    assert np.isnan(result.volume.data[2, 3:5, 6]).all() and np.isinf(result.volume.data[1, 0, 0])
    assert np.isfinite(np.delete(result.volume.data, [1, 2], axis=0)).all()
    assert any("3 voxels are not numbers" in warning for warning in result.warnings)


@pytest.mark.parametrize("data", [np.zeros((2, 8, 8)), np.full((2, 8, 8), np.nan)])
def test_images_without_signal_are_refused(make_volume, data):
    with pytest.raises(LowfieldError, match="empty"):
        run(make_volume(data))


@pytest.mark.parametrize("options", [{"sigma": 0.0}, {"sigma": -1.0}, {"sigma": np.nan}, {"strength": 1.5}])
def test_impossible_options_are_refused(make_volume, blob, options):
    with pytest.raises(LowfieldError, match=r"Sigma|Strength"):
        run(make_volume(blob()), **options)


def test_a_failing_network_is_an_error_and_never_the_input(make_volume, blob):
    def poisoned(inputs):
        return inputs[:, 4:6] * np.float32(np.nan)

    with pytest.raises(LowfieldError, match="invalid numbers"):
        run(make_volume(blob()), poisoned)
    with pytest.raises(LowfieldError, match="cannot be opened"):
        denoise(make_volume(blob()), model="tiny", sigma=0.1)  # tiny/model.onnx is not a network


def test_cancelling_stops_between_batches(make_volume, blob):
    seen = []

    def stop(fraction, text):
        seen.append(fraction)
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(make_volume(blob(60, 128, 128)), progress=stop)
    assert seen == sorted(seen) and len(seen) > 3 and seen[-1] < 0.5


def test_the_result_names_model_noise_and_strength(make_volume, blob):
    result = run(make_volume(blob()), strength=0.5)
    assert result.model.name == "tiny" and len(result.model.sha256) == 64
    assert "tiny 1" in result.volume.origin.derivation and "strength 0.5" in result.volume.origin.derivation


def test_an_snr_outside_the_training_range_is_said(make_volume, blob):
    assert any("Peak SNR" in warning for warning in run(make_volume(blob()), sigma=0.001).warnings)


def test_a_damaged_model_is_not_run(make_volume, blob, write_card):
    (write_card() / "model.onnx").write_bytes(b"changed")
    with pytest.raises(LowfieldError, match="SHA-256"):
        open_network(load_card("tiny"))


def test_views_are_undone_exactly_and_averaged():
    rng = np.random.default_rng(0)
    image = (rng.standard_normal((2, 5, 7)) + 1j * rng.standard_normal((2, 5, 7))).astype(np.complex64)
    for view in VIEWS:
        np.testing.assert_allclose(view.undo(view.apply(image)), image, atol=1e-6)
        np.testing.assert_array_equal(view.undo(view.apply(image.real)), image.real)


def test_answers_are_kept_by_content_and_the_oldest_make_room():
    cache, images = AnswerCache(most_bytes=900), [np.full((10, 10), n, np.float32) for n in range(3)]
    for n, image in enumerate(images):
        cache.put(str(n), image)
        cache.get("0")
    assert cache.get("0") is not None and cache.get("2") is not None and cache.get("1") is None
    assert not cache.get("0").flags.writeable


def test_another_image_noise_or_model_has_another_key(blob, write_card):
    image, card = blob(), load_card("tiny")
    base = content_key(image, noise_of(image, given=0.1), model_identity(card))
    assert base == content_key(image.copy(), noise_of(image, given=0.1), model_identity(card))
    changed = image.copy()
    changed[0, 0, 0] += 1e-6
    others = {
        content_key(changed, noise_of(image, given=0.1), model_identity(card)),
        content_key(image, noise_of(image, given=0.2), model_identity(card)),
        content_key(image, noise_of(image, given=0.1), model_identity(card, "other")),
    }
    assert len(others) == 3 and base not in others


def test_a_provider_that_is_not_installed_is_named():
    with pytest.raises(LowfieldError, match="TensorrtExecutionProvider"):
        open_network(load_card("tiny"), "TensorrtExecutionProvider")


@pytest.mark.parametrize("allowed", [1, 2, 64])
def test_no_more_threads_than_processors_that_may_be_used(monkeypatch, allowed):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    network = open_network(SHIPPED)
    assert network.at_once == min(allowed, 2)
    assert network.session.get_session_options().intra_op_num_threads == 1


@pytest.mark.parametrize("shape", [(1, 2, 96, 80), (5, 2, 96, 80), (2, 2, 96, 300)])
def test_two_threads_give_the_answer_of_one(shape):
    pairs = 5 * np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    network = open_network(SHIPPED)
    one, two = (run_network(replace(network, at_once=n), SHIPPED, pairs, silent) for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_an_open_network_stays_the_verified_one_when_its_file_changes(write_card):
    """What runs are the bytes that were verified; the changed file is refused when it is to be opened."""
    _session.cache_clear()
    folder = write_card(content=SHIPPED.path.read_bytes())
    first = open_network(load_card("tiny"))
    (folder / "model.onnx").write_bytes(b"changed")
    assert open_network(load_card("tiny")).session is first.session
    _session.cache_clear()
    with pytest.raises(LowfieldError, match="SHA-256"):
        open_network(load_card("tiny"))

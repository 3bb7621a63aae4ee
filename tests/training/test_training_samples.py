import json

import numpy as np
import pytest

from viewer.training.noise_maps import noise_map
from viewer.training.samples import Sampler
from viewer.training.scenes import Scenes
from viewer.training.volumes import fourier_crop, references, thicken

RECIPE = {
    "seed": 1,
    "context": 2,
    "patch": 32,
    "batch": 12,
    "sigma": [0.02, 0.4],
    "modes": {"complex": 0.4, "magnitude": 0.4, "real": 0.2},
    "sigma_slip": 0.05,
    "noise_maps": {"flat": 0.4, "smooth": 0.3, "lines": 0.3},
    "surprises": 0.05,
    "lesions": 0.3,
    "lonely": {"single": 0.15, "small": 0.1, "ends": 0.1},
    "ghosts": 0.1,
}


@pytest.fixture
def sampler():
    y, x = np.mgrid[-1:1:64j, -1:1:60j]
    stack = np.repeat(((y**2 + x**2 < 0.6) * 0.8)[None], 9, axis=0).astype(np.float32)
    return Sampler(Scenes([stack, stack[:2]]), RECIPE)


def test_batches_are_reproducible_by_step(sampler):
    first, again, other = sampler.batch(5), sampler.batch(5), sampler.batch(6)
    assert first[0].shape == (12, 11, 32, 32) and first[1].shape == (12, 2, 32, 32)
    assert first[0].dtype == first[1].dtype == np.float32
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


def test_noise_has_unit_strength_relative_to_the_noise_map(sampler):
    spread = []
    for step in range(12):
        inputs, targets = sampler.batch(step)
        for sample, target in zip(inputs, targets):
            if np.any(sample[5]):  # complex: the imaginary channel is used and the noise is Gaussian
                spread.append(np.median(np.abs(sample[5] - target[1]) / sample[-1]) / 0.6745)
    assert len(spread) > 30
    assert np.median(spread) == pytest.approx(1.0, abs=0.06)


def test_magnitude_samples_are_magnitudes_with_magnitude_targets(sampler):
    inputs, targets = sampler.batch(0)
    magnitudes = [(s, t) for s, t in zip(inputs, targets) if not np.any(s[5]) and s[4].min() >= 0]
    assert magnitudes
    for sample, target in magnitudes:
        assert not np.any(sample[1:10:2]) and target[0].min() >= 0 and not np.any(target[1])


def test_slices_beyond_the_stack_are_empty_not_noisy(sampler):
    thin = Sampler(Scenes([sampler.scenes.stacks[1][:1]]), RECIPE)
    inputs, _ = thin.batch(0)
    assert not np.any(inputs[:, :4]) and not np.any(inputs[:, 6:10])
    assert np.any(inputs[:, 4])


def test_neighbours_are_missing_as_often_as_the_recipe_says(sampler):
    lonely = Sampler(
        Scenes(sampler.scenes.stacks[:1]), RECIPE | {"lonely": {"single": 1.0, "small": 0, "ends": 0}}
    )
    inputs, _ = lonely.batch(0)
    assert not np.any(inputs[:, :4]) and not np.any(inputs[:, 6:10]) and np.any(inputs[:, 4])
    small = Sampler(Scenes(sampler.scenes.stacks[:1]), RECIPE | {"lonely": {"single": 0, "small": 1.0, "ends": 0}})
    inputs, _ = small.batch(0)
    slices = np.any(inputs[:, :10:2], axis=(2, 3)).sum(axis=1)
    assert slices.max() <= 4 and np.any(slices > 1)


def test_half_of_the_signed_images_have_one_sign_as_the_engine_shows_them(sampler):
    signed = Sampler(sampler.scenes, RECIPE | {"modes": {"real": 1.0}, "ghosts": 0, "sigma": [0.001, 0.002]})
    targets = np.concatenate([signed.batch(step)[1][:, 0] for step in range(4)])
    below = [np.minimum(t, 0).sum() / -np.abs(t).sum() for t in targets if np.abs(t).max() > 1]
    assert 0.3 < np.mean(np.array(below) > 0.98) < 0.9 and np.median(below) > 0.6


def test_k_space_cropping_averages_and_keeps_brightness():
    rng = np.random.default_rng(2)
    stack = (10 + rng.standard_normal((3, 80, 64))).astype(np.float32)
    small = fourier_crop(stack, 0.5)
    assert small.shape == (3, 40, 32)
    assert small.mean() == pytest.approx(stack.mean(), rel=1e-3)
    assert small.std() == pytest.approx(0.5, rel=0.1)


def test_thick_slices_are_means():
    stack = np.arange(7, dtype=np.float32)[:, None, None] * np.ones((7, 2, 2), np.float32)
    assert thicken(stack, 3)[:, 0, 0].tolist() == [1.0, 4.0]


def test_the_recipe_never_trains_on_development_volumes(shared_data):
    from viewer.training import volumes

    recipe = json.loads((volumes.Path(volumes.__file__).with_name("recipe.json")).read_text())
    trained = {entry["path"] for entry in recipe["train"]}
    held_out = {entry["path"] for entry in recipe["development"]}
    assert held_out and not trained & held_out
    sources = shared_data("SOURCES.md").read_text()
    allowed = {
        line.split("|")[1].strip() for line in sources.splitlines() if line.startswith("|") and "train" in line
    }
    assert {path.split("/")[0] for path in trained} <= allowed


def test_a_real_volume_becomes_a_clean_reference(shared_data):
    data = shared_data("prisma_t1_flash2d").parent
    entry = {"path": "prisma_t1_flash2d/HFS_3_t1_fl2d_sag.tar.xz", "slices": [10, 14], "scales": [1.0, 0.5]}
    whole, half = references(entry, data)
    assert whole.shape == (4, 256, 256) and half.shape == (4, 128, 128)
    assert np.percentile(whole, 99.5) == pytest.approx(1.0)


def test_a_measured_line_map_follows_the_true_one():
    rng = np.random.default_rng(4)
    for _ in range(20):
        true, measured = noise_map(64, {"flat": 0.0, "smooth": 0.0, "lines": 1.0}, rng)
        assert true.shape == measured.shape == (64, 64) and measured.min() > 0
        assert np.ptp(true, axis=0).max() == 0 or np.ptp(true, axis=1).max() == 0
        assert np.corrcoef(np.log(true).ravel(), np.log(measured).ravel())[0, 1] > 0.6 or np.ptp(true) < 0.5


def test_heads_are_painted_with_black_air_and_random_brightness(sampler):
    head = np.zeros((3, 7, 40, 40), np.uint8)
    head[1, :, 10:30, 10:30], head[2, :, 15:25, 15:25] = 255, 255
    head[1, :, 15:25, 15:25], head[0] = 0, 255 - head[1:].max(axis=0)
    scenes = Scenes([], [head], 1.0)
    one, two = (scenes.draw(5, 32, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.shape == (5, 32, 32) and one.min() == 0 and one.max() > 0
    assert not np.array_equal(np.unique(one), np.unique(two))

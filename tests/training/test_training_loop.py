import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is only needed to train; install the extra [train]")
pytest.importorskip("onnx", reason="onnx is only needed to export; install the extra [train]")

from viewer.training.export import load_average, onnx_weights, write_onnx  # noqa: E402
from viewer.training.loop import Trainer, train  # noqa: E402
from viewer.training.network import Denoiser  # noqa: E402
from viewer.training.samples import Sampler  # noqa: E402
from viewer.training.scenes import Scenes  # noqa: E402

RECIPE = {
    "seed": 1,
    "context": 2,
    "patch": 16,
    "batch": 2,
    "width": [4, 4, 8],
    "depth": [1, 1, 1],
    "stem": 1,
    "input_scale": 8,
    "learning_rate": 0.001,
    "sigma": [0.05, 0.2],
    "modes": {"complex": 0.5, "magnitude": 0.5},
    "sigma_slip": 0.05,
    "noise_maps": {"flat": 0.4, "smooth": 0.3, "lines": 0.3},
    "surprises": 0.05,
    "lesions": 0.3,
    "lonely": {"single": 0.15, "small": 0.1, "ends": 0.1},
    "ghosts": 0.1,
    "train": [],
    "development": [],
}


@pytest.fixture
def sampler():
    return Sampler(Scenes([np.ones((4, 24, 24), np.float32)]), RECIPE)


def test_training_learns_and_resumes_where_it_stopped(sampler, tmp_path: Path):
    trainer = Trainer(RECIPE, tmp_path)
    train(trainer, sampler, minutes=0.05)
    assert trainer.step > 0
    resumed = Trainer(RECIPE, tmp_path)
    resumed.load()
    assert resumed.step == trainer.step
    for name, value in trainer.average.items():
        assert torch.equal(value, resumed.average[name])


@pytest.mark.parametrize("stem", [1, 2])
def test_the_network_starts_near_the_identity_and_scales_with_its_input(stem):
    torch.manual_seed(0)
    network = Denoiser(RECIPE | {"stem": stem}).eval()
    x = torch.randn(1, 11, 16, 16)
    with torch.no_grad():
        assert torch.allclose(network(x), x[:, 4:6], atol=0.1)
        assert torch.allclose(network(3 * x), 3 * network(x), atol=1e-4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_exported_network_is_the_trained_one(sampler, tmp_path: Path):
    onnxruntime = pytest.importorskip("onnxruntime")
    trainer = Trainer(RECIPE, tmp_path)
    trainer.save()
    network, state = load_average(tmp_path)
    assert json.dumps(state["recipe"]) == json.dumps(RECIPE)
    write_onnx(network, tmp_path / "model.onnx")
    other = Trainer(RECIPE | {"seed": 2}, tmp_path / "other")
    other.start_from(onnx_weights(tmp_path / "model.onnx"))
    assert all(torch.equal(value, other.network.state_dict()[name]) for name, value in state["average"].items())
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for shape in ((1, 11, 16, 16), (3, 11, 20, 36)):
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        with torch.no_grad():
            expected = network(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(session.run(["clean"], {"noisy": x})[0], expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_pupil_learns_from_truth_and_teacher_in_the_stated_shares(sampler, tmp_path: Path):
    torch.manual_seed(3)
    shape = {"width": [4, 4, 4], "depth": [1, 1, 1], "stem": 1, "input_scale": 8}
    master = Denoiser(shape | {"context": 2}).eval()
    torch.nn.init.normal_(master.tail.weight, std=0.1)
    write_onnx(master, tmp_path / "teacher.onnx")
    inputs, truth = (torch.from_numpy(part) for part in sampler.batch(0))
    with torch.no_grad():
        answer = master(inputs)
    assert not torch.allclose(answer, truth, atol=0.1)
    losses = {}
    for share in (0.0, 0.5, 1.0):
        entry = shape | {"model": str(tmp_path / "teacher.onnx"), "share": share}
        pupil = Trainer(RECIPE | {"teacher": entry}, tmp_path)
        target = (1 - share) * truth + share * answer
        with torch.no_grad():
            expected = ((pupil.network(inputs) - target).square().mean(dim=(1, 2, 3)) + 1e-4).sqrt().mean()
        losses[share] = (pupil.learn(inputs, truth, 0.0), float(expected))
    assert all(got == pytest.approx(expected, rel=1e-4) for got, expected in losses.values())
    assert len({round(expected, 3) for _, expected in losses.values()}) == 3

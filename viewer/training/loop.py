"""The training loop: seeded, resumable, stops on time, keeps a moving average of the weights."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from viewer.training.export import onnx_weights
from viewer.training.network import Denoiser
from viewer.training.samples import Sampler

ROOT = Path(__file__).resolve().parents[2]
AVERAGE = 0.999
WARM_UP_STEPS = 200
CHECKPOINT_S = 180.0
REPORT_STEPS = 100
FAST_BFLOAT16 = torch.cpu._is_amx_tile_supported()
"""Only with AMX is bfloat16 faster: without it, a step takes four times as long as in float32 (measured)."""


def teacher(entry: dict[str, Any]) -> Denoiser:
    """Return the exported network (``model``: path from the project's root) of the entry's shape."""
    network = Denoiser(entry)
    network.load_state_dict(onnx_weights(ROOT / entry["model"]))
    network.to(memory_format=torch.channels_last).eval()
    return network


class Trainer:
    """Holds network, optimiser, averaged weights and the step; everything that a checkpoint keeps."""

    def __init__(self, recipe: dict[str, Any], folder: Path) -> None:
        torch.manual_seed(recipe["seed"])
        self.recipe, self.folder, self.step = recipe, folder, 0
        self.network = Denoiser(recipe).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=recipe["learning_rate"], betas=(0.9, 0.99))
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.teacher = teacher(recipe["teacher"] | {"context": recipe["context"]}) if "teacher" in recipe else None

    def start_from(self, weights: dict[str, torch.Tensor]) -> None:
        """Begin with the weights of another network of this shape (`viewer.training.export.onnx_weights`)."""
        self.network.load_state_dict(weights)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}

    @property
    def checkpoint(self) -> Path:
        """The checkpoint file of this run."""
        return self.folder / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint; the old one stays until the new one is whole."""
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average,
            "step": self.step,
            "recipe": self.recipe,
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def load(self) -> None:
        """Continue from the checkpoint of this folder."""
        state = torch.load(self.checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.step = state["average"], state["step"]

    def learn(self, inputs: torch.Tensor, targets: torch.Tensor, rate: float) -> float:
        """Make one step at this learning rate; return the mean per-sample RMSE in units of sigma.

        With a teacher the target is a mix of the truth and its answer (Hinton, Vinyals & Dean, arXiv 1503.02531):
        what can be known of the truth, without the rest.
        """
        if self.teacher is not None:
            with torch.no_grad():
                targets = targets.lerp(self.teacher(inputs), self.recipe["teacher"]["share"])
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        features = self.network.features(inputs)
        with torch.autocast("cpu", torch.bfloat16, enabled=FAST_BFLOAT16):
            noise = self.network.noise(features)
        centre = inputs[:, 2 * self.network.context : 2 * self.network.context + 2]
        error = (centre - noise.float() - targets).square().mean(dim=(1, 2, 3))
        # The root weighs easy and hard samples alike, as a mean of decibels does.
        loss = (error + 1e-4).sqrt().mean()
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self._remember()
        return float(loss.detach())

    def _remember(self) -> None:
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)


def train(trainer: Trainer, sampler: Sampler, minutes: float) -> None:
    """Train for ``minutes``, the learning rate falling along a cosine; print progress with time left."""
    start, saved, losses, first = time.monotonic(), time.monotonic(), [], trainer.step
    rate = trainer.recipe["learning_rate"]
    with ThreadPoolExecutor(1) as pool:
        pending = [pool.submit(sampler.batch, first + ahead) for ahead in range(3)]
        while (done := (time.monotonic() - start) / (60 * minutes)) < 1:
            inputs, targets = (torch.from_numpy(part) for part in pending.pop(0).result())
            pending.append(pool.submit(sampler.batch, trainer.step + 3))
            warm = min(1.0, (trainer.step - first + 1) / WARM_UP_STEPS)
            falling = 0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * done))
            inputs = inputs.contiguous(memory_format=torch.channels_last)
            losses.append(trainer.learn(inputs, targets, float(rate * warm * falling)))
            if trainer.step % REPORT_STEPS == 0:
                _report(trainer, losses, start, minutes)
                losses.clear()
            if time.monotonic() - saved > CHECKPOINT_S:
                trainer.save()
                saved = time.monotonic()
    trainer.save()


def _report(trainer: Trainer, losses: list[float], start: float, minutes: float) -> None:
    elapsed = (time.monotonic() - start) / 60
    line = {
        "step": trainer.step,
        "rmse_sigma": round(float(np.mean(losses)), 4),
        "minutes": round(elapsed, 1),
        "minutes_left": round(minutes - elapsed, 1),
    }
    print(json.dumps(line), flush=True)

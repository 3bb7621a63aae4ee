"""``python -m viewer.training --data DIR --out DIR [--config FILE] [--minutes N] [--resume]``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from viewer.core.errors import LowfieldError
from viewer.simulate.head import head_phantom
from viewer.training.export import onnx_weights
from viewer.training.loop import Trainer, train
from viewer.training.samples import Sampler
from viewer.training.scenes import Scenes
from viewer.training.volumes import references

RECIPE = Path(__file__).with_name("recipe.json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m viewer.training", description="Train a denoiser on open volumes."
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of the open volumes that the recipe names"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for cache and checkpoint")
    parser.add_argument("--config", type=Path, default=RECIPE, help="recipe: volumes, split, network, noise")
    parser.add_argument("--minutes", type=float, default=55.0, help="how long to train")
    parser.add_argument("--threads", type=int, default=2, help="threads for the network")
    parser.add_argument("--start", type=Path, help="begin with the weights of this model.onnx")
    parser.add_argument("--resume", action="store_true", help="continue from the checkpoint in --out")
    return parser.parse_args()


def read_recipe(path: Path) -> dict[str, Any]:
    """Read a recipe; one that is ``based_on`` another (same folder) states only what differs."""
    recipe: dict[str, Any] = json.loads(path.read_text())
    base = recipe.pop("based_on", None)
    return read_recipe(path.with_name(base)) | recipe if base else recipe


def cached_stacks(recipe: dict[str, Any], data: Path, folder: Path) -> list[np.ndarray]:
    """Return the clean training stacks, prepared once and kept as ``.npy`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    stacks = []
    for number, entry in enumerate(recipe["train"]):
        found = sorted(folder.glob(f"{number:02d}-*.npy"))
        if not found:
            for part, stack in enumerate(references(entry, data)):
                np.save(folder / f"{number:02d}-{part}.npy", stack)
            print(f"prepared {entry['path']}", flush=True)
            found = sorted(folder.glob(f"{number:02d}-*.npy"))
        stacks += [np.load(path) for path in found]
    return stacks


def cached_heads(recipe: dict[str, Any], folder: Path) -> list[np.ndarray]:
    """Return tissue fractions (tissues, slices, rows, columns), uint8 of 255, of the recipe's simulated heads."""
    heads = []
    for entry in recipe["heads"]:
        shape, spacing = tuple(entry["shape"]), tuple(entry["spacing_mm"])
        path = folder / f"head-{entry['seed']}-{'x'.join(map(str, shape))}.npy"
        if not path.is_file():
            phantom = head_phantom(entry["seed"], shape, spacing, lesions=entry["lesions"])
            np.save(path, np.round(255 * phantom.fractions).astype(np.uint8))
            print(f"drew head {entry['seed']}", flush=True)
        fractions = np.load(path)
        heads += [np.moveaxis(fractions, 1 + axis, 1) for axis in entry["axes"]]
    return heads


def main() -> int:
    """Prepare, train, keep checkpoints; export with ``python -m viewer.training.export``."""
    options = _arguments()
    recipe = read_recipe(options.config)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        cache = options.out.parent / "cache"
        stacks = cached_stacks(recipe, options.data, cache)
        heads = cached_heads(recipe, cache)
    except LowfieldError as error:
        print(error, file=sys.stderr)
        return 1
    trainer = Trainer(recipe, options.out)
    if options.start:
        trainer.start_from(onnx_weights(options.start))
    if options.resume and trainer.checkpoint.is_file():
        trainer.load()
    print(f"{len(stacks)} stacks, {sum(p.numel() for p in trainer.network.parameters())} weights", flush=True)
    scenes = Scenes(stacks, heads, recipe["head_share"])
    train(trainer, Sampler(scenes, recipe), options.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())

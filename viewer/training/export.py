"""``python -m viewer.training.export --run DIR --name NAME --version V``: checkpoint to ``models/NAME``."""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper

from viewer.denoise.scaling import channels
from viewer.training.network import Denoiser

OPSET = 17
TEMPLATE = Path(__file__).with_name("card.json")


def load_average(run: Path) -> tuple[Denoiser, dict[str, Any]]:
    """Return the network with the averaged weights of a run's checkpoint, and the checkpoint."""
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    network = Denoiser({"stem": 1} | state["recipe"])  # before 0.3.0 no recipe named a stem
    network.load_state_dict(state["average"])
    return network.eval(), state


def onnx_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return the weights in an exported network by parameter name: a start where no checkpoint was kept."""
    graph = onnx.load(path).graph
    return {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}


def write_onnx(network: Denoiser, path: Path) -> None:
    """Write the network with free batch, rows and columns."""
    sample = torch.zeros(1, channels(network.context), 64, 64)
    names = {0: "batch", 2: "rows", 3: "columns"}
    torch.onnx.export(
        network,
        (sample,),
        str(path),
        input_names=["noisy"],
        output_names=["clean"],
        dynamic_axes={"noisy": names, "clean": names},
        opset_version=OPSET,
        dynamo=False,
    )


def write_card(folder: Path, name: str, version: str, state: dict[str, Any], history: str) -> None:
    """Fill the card's template with what this run used and the hash of what it made."""
    recipe = state["recipe"]
    card = json.loads(TEMPLATE.read_text())
    sources = {entry["path"].split("/")[0] for entry in recipe["train"]}
    card["name"], card["version"] = name, version
    card["sha256"] = hashlib.sha256((folder / card["file"]).read_bytes()).hexdigest()
    card["input"].update(
        channels=channels(recipe["context"]), context=recipe["context"], multiple=4 * recipe.get("stem", 1)
    )
    card["views"] = recipe.get("views", card["views"])
    card["training"]["data"] = [
        entry for entry in card["training"]["data"] if entry["name"] in sources or entry.get("inherited")
    ]
    card["training"].update(
        history=history,
        steps=state["step"],
        batch=recipe["batch"],
        patch=recipe["patch"],
        seed=recipe["seed"],
        sigma_of_peak=recipe["sigma"],
        modes=recipe["modes"],
        noise_maps=recipe["noise_maps"],
        volumes=[entry["path"] for entry in recipe["train"]],
        held_out=[entry["path"] for entry in recipe["development"]],
    )
    (folder / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")


def main() -> int:
    """Export one run."""
    parser = argparse.ArgumentParser(prog="python -m viewer.training.export")
    parser.add_argument("--run", type=Path, required=True, help="folder with checkpoint.pt")
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--history", default="", help="what happened before the steps of this run")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder that receives NAME/")
    options = parser.parse_args()
    network, state = load_average(options.run)
    folder = options.models / options.name
    folder.mkdir(parents=True, exist_ok=True)
    write_onnx(network, folder / "model.onnx")
    write_card(folder, options.name, options.version, state, options.history)
    print(f"{folder}: {state['step']} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())

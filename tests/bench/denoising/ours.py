"""Run the engine that window and command line run."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from denoising.cache import Answer, Cache
from viewer.core.geometry import Geometry
from viewer.core.volume import Volume
from viewer.denoise.card import load_card
from viewer.denoise.engine import denoise

ROOT = Path(__file__).resolve().parents[3]


def volume_of(image, spacing_mm=(5.0, 1.6, 1.6)) -> Volume:
    """Wrap an array (slices, rows, columns) as a volume with low-field voxels."""
    kind = np.complex64 if np.iscomplexobj(image) else np.float32
    return Volume(
        np.array(image, dtype=kind), Geometry.from_axes(image.shape, spacing_mm, np.eye(3)[::-1], (0, 0, 0))
    )


@lru_cache
def _version(model: str | None) -> str:
    """Hash the model and the code that runs it."""
    digest = hashlib.sha256(load_card(model).sha256.encode())
    for path in sorted((ROOT / "viewer" / "denoise").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run(cache: Cache, image, sigma: float | None = None, model: str | None = None, **options: Any) -> Answer:
    """Denoise with one model; sigma estimated when None."""
    settings = {"sigma": None if sigma is None else round(float(sigma), 9), "model": model, **options}
    volume = volume_of(image)

    def denoised():
        return denoise(volume, sigma=settings["sigma"], model=model, judge=False, **options).volume.data

    return cache.run("ours", _version(model), volume.data, settings, denoised)

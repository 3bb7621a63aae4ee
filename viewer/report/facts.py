"""What `lowfield replay` needs beside the numbers of a document: which voxels, read how, by which program."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer import __version__
from viewer.core.denoised import DenoiseResult
from viewer.core.options import MeasureOptions
from viewer.core.volume import Volume


def software() -> dict[str, str]:
    """Return the program that works the numbers out."""
    return {"name": "Lowfield", "version": __version__}


def replay_facts(
    measured: Sequence[Volume], options: MeasureOptions, recovery: str | None = None
) -> dict[str, Any]:
    """Return how ROIs were measured: on which voxels, read with which options and recovery table."""
    series = [series_facts(volume) for volume in measured]
    return {"options": options.document(), "recovery": recovery, "series": series}


def series_facts(volume: Volume) -> dict[str, Any]:
    """Return which voxels were used: series, grid (LPS mm) and a digest of the numbers."""
    return {
        "series_uid": volume.origin.series_uid,
        "source": volume.origin.source,
        "derivation": volume.origin.derivation,
        "shape": list(volume.geometry.shape),
        "affine_lps": volume.geometry.affine.tolist(),
        "complex": volume.is_complex,
        "voxels_sha256": digest(volume.data),
    }


def digest(voxels: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's numbers, in order of (slices, rows, columns)."""
    return hashlib.sha256(np.ascontiguousarray(voxels).data).hexdigest()


def denoise_facts(result: DenoiseResult, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how an image was denoised: the ``options`` of `denoise`, what they were applied to, what came out."""
    repeat = options.get("repeat")
    given = {"model": result.model.name, "sigma": options.get("sigma"), "strength": result.strength}
    return {
        "options": {**given, "provider": result.model.provider, "judge": bool(options.get("judge", True))},
        "model_sha256": result.model.sha256,
        "source": series_facts(result.source),
        "repeat": None if repeat is None else series_facts(repeat),
        "denoised_sha256": digest(result.volume.data),
    }

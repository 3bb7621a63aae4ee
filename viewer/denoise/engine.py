"""Denoise a volume: estimate the noise, go to the measured grid and SNR units, run the network, come back.

Rician bias: the network was trained to predict the noise-free magnitude from Rician magnitudes, so the bias of
dark regions is removed with the noise; no separate correction follows.

Strength: ``source + strength * (denoised - source)``. The same share of everything that the network calls noise is
removed everywhere: at 0.8, a fifth of the noise (and of any structure wrongly taken for it) stays. It never blurs.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult, ModelIdentity, NoiseEstimate
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, part, silent
from viewer.core.volume import Volume
from viewer.denoise.cache import ANSWERS, content_key
from viewer.denoise.card import ModelCard, load_card
from viewer.denoise.residual import Scan
from viewer.denoise.residual import judge as judge_result
from viewer.denoise.run import Run, level_of
from viewer.denoise.runtime import PROVIDER, Network, identity, open_network
from viewer.denoise.scaling import mostly_positive
from viewer.denoise.sources import noise_of

LOW_CONFIDENCE = 0.45
Answer = Callable[[NDArray[Any], Progress], NDArray[Any]]


def denoise(
    volume: Volume,
    *,
    model: str | None = None,
    sigma: float | None = None,
    repeat: Volume | None = None,
    strength: float = 1.0,
    judge: bool = True,
    provider: str = PROVIDER,
    progress: Progress = silent,
    network: Network | None = None,
) -> DenoiseResult:
    """Denoise an MR ``volume``, magnitude, signed or complex; the result has its grid, kind and unit.

    ``sigma``: noise per real channel in the volume's unit; ``repeat``: a second acquisition to measure it from;
    estimated when both are None (see `viewer.denoise.sources`). ``strength`` in 0..1, see above.
    ``provider``: the execution provider of onnxruntime. The last answers are kept (`viewer.denoise.cache`).
    ``judge``: run the network again and search the air: how far to trust the result (`viewer.denoise.residual`).
    Voxels that are not finite stay as they are and count as empty for the rest. ``network``: not the model's own
    (tests). LowfieldError: no signal, impossible options, a model unknown, damaged or failing. May be Cancelled.
    """
    started = time.monotonic()
    _check_options(sigma, strength)
    card = load_card(model)
    data, holes = _finite(volume)
    progress(0.0, "Estimating noise")
    second = None if repeat is None else _finite(repeat)[0]
    noise = noise_of(data, given=sigma, repeat=second, scanned=volume.noise_sigma)
    model_identity, level = identity(card, provider), level_of(noise)
    opened = network if network is not None else open_network(card, provider)
    run = Run(noise, card, opened, negated=mostly_positive(data))
    answer = run if network is not None else partial(_kept, run, model_identity)
    blended = _blended(answer, strength, part(progress, 0.05, 0.5 if judge else 0.95), data)
    again = partial(_blended, answer, strength, part(progress, 0.5, 0.95)) if judge else None
    report, maps = judge_result(data, blended, level, again, _scan(volume, noise, card))
    derived = _derived(volume, np.where(holes, volume.data, blended).astype(data.dtype), card, noise, strength)
    residual = ((np.abs(data) - np.abs(blended)) / level).astype(np.float32)
    warnings = (*run.warnings(data), *_cautions(holes, noise), *(each.text for each in report.findings))
    done = (strength, time.monotonic() - started, report, warnings, maps)
    return DenoiseResult(volume, derived, residual, noise, model_identity, *done)


def _check_options(sigma: float | None, strength: float) -> None:
    if sigma is not None and not (np.isfinite(sigma) and sigma > 0):
        raise LowfieldError(f"Sigma must be a positive number, not {sigma}.")
    if not 0 <= strength <= 1:
        raise LowfieldError(f"Strength must lie between 0 and 1, not {strength}.")


def _finite(volume: Volume) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the data with holes set to zero, and where the holes are. Refuse images without signal."""
    kind = np.complex64 if volume.is_complex else np.float32
    data = np.array(volume.data, dtype=kind)
    holes = ~np.isfinite(data)
    data[holes] = 0
    if not np.any(data):
        raise LowfieldError("The image is empty: there is nothing to denoise.", where=volume.origin.source)
    return data, holes


def _kept(run: Run, model: ModelIdentity, data: NDArray[Any], progress: Progress) -> NDArray[Any]:
    """Return the answer of one of the last runs, or of a new one, which is kept."""
    key = content_key(data, run.noise, model, negated=run.negated)
    clean = ANSWERS.get(key)
    if clean is None:
        clean = run(data, progress)
        ANSWERS.put(key, clean)
    return clean


def _blended(answer: Answer, strength: float, progress: Progress, data: NDArray[Any]) -> NDArray[Any]:
    """Return ``data`` with a share ``strength`` of what the network takes away taken away."""
    return np.asarray(data + np.float32(strength) * (answer(data, progress) - data))


def _scan(volume: Volume, noise: NoiseEstimate, card: ModelCard) -> Scan:
    spacing = volume.geometry.spacing_mm
    return Scan(noise.factor, (spacing[1], spacing[2]), card.snr_range, noise.source)


def _cautions(holes: NDArray[np.bool_], noise: NoiseEstimate) -> list[str]:
    """Say what makes this result less trustworthy than usual."""
    warnings = []
    if noise.confidence <= LOW_CONFIDENCE:
        warnings.append("The noise level is uncertain; check the residual, or give sigma.")
    if holes.any():
        warnings.append(f"{np.count_nonzero(holes)} voxels are not numbers; they were left as they are.")
    return warnings


def _derived(volume: Volume, data: NDArray[Any], card: ModelCard, noise: NoiseEstimate, strength: float) -> Volume:
    lines = "" if noise.map is None else ", louder lines as measured"
    derivation = (
        f"Denoised with {card.name} {card.version} (SHA-256 {card.sha256[:12]}), "
        f"sigma {noise.sigma:.6g} ({noise.source}{lines}), strength {strength:g}"
    )
    return volume.with_data(data, origin=replace(volume.origin, derivation=derivation))

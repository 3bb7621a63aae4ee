"""Denoise a volume: estimate the noise, go to the measured grid and SNR units, run the network, come back.

Rician bias: the network was trained to predict the noise-free magnitude from Rician magnitudes, so the bias of
dark regions is removed with the noise; no separate correction follows.

Strength: ``source + strength * (denoised - source)``. The same share of everything that the network calls noise is
removed everywhere: at 0.8, a fifth of the noise (and of any structure wrongly taken for it) stays. It never blurs.
"""

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult, NoiseEstimate
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, part, silent
from viewer.core.volume import Volume
from viewer.denoise.cache import ANSWERS, content_key
from viewer.denoise.card import ModelCard, load_card
from viewer.denoise.residual import analyse
from viewer.denoise.run import Run, level_of
from viewer.denoise.runtime import PROVIDER, Network, identity, open_network
from viewer.denoise.sources import noise_of

LOW_CONFIDENCE = 0.45


def denoise(
    volume: Volume,
    *,
    model: str | None = None,
    sigma: float | None = None,
    repeat: Volume | None = None,
    strength: float = 1.0,
    provider: str = PROVIDER,
    progress: Progress = silent,
    network: Network | None = None,
) -> DenoiseResult:
    """Denoise an MR ``volume``, magnitude, signed or complex; the result has its grid, kind and unit.

    ``sigma``: noise per real channel in the volume's unit; ``repeat``: a second acquisition to measure it from;
    estimated when both are None (see `viewer.denoise.sources`). ``strength`` in 0..1, see above.
    ``provider``: the execution provider of onnxruntime. The last answers are kept (`viewer.denoise.cache`).
    Voxels that are not finite stay as they are and count as empty for the rest. ``network`` replaces the model's
    own (tests). Raises LowfieldError for input without signal, impossible options, an unknown or damaged model and
    any failure of the network; Cancelled when ``progress`` says so.
    """
    started = time.monotonic()
    _check_options(sigma, strength)
    card = load_card(model)
    data, holes = _finite(volume)
    progress(0.0, "Estimating noise")
    other = _finite(repeat)[0] if repeat is not None else None
    noise = noise_of(data, given=sigma, repeat=other, scanned=volume.noise_sigma)
    model_identity = identity(card, provider)
    run = Run(noise, card, network if network is not None else open_network(card, provider))
    key = content_key(data, noise, model_identity) if network is None else ""
    clean, warnings = ANSWERS.get(key), run.warnings(data)
    if clean is None:
        clean = run(data, part(progress, 0.05, 0.95))
        if network is None:
            ANSWERS.put(key, clean)
    blended = data + np.float32(strength) * (clean - data)
    progress(0.95, "Analysing the residual")
    result = np.where(holes, volume.data, blended).astype(data.dtype)
    warnings += _cautions(data, holes, noise, card)
    return DenoiseResult(
        source=volume,
        volume=_derived(volume, result, card, noise, strength),
        residual_sigma=((np.abs(data) - np.abs(blended)) / level_of(noise)).astype(np.float32),
        noise=noise,
        model=model_identity,
        strength=strength,
        seconds=time.monotonic() - started,
        residual=analyse(data, blended, noise.sigma),
        warnings=tuple(warnings),
    )


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


def _cautions(data: NDArray[Any], holes: NDArray[np.bool_], noise: NoiseEstimate, card: ModelCard) -> list[str]:
    """Say what makes this result less trustworthy than usual."""
    warnings = []
    snr = float(np.percentile(np.abs(data), 99.5)) / noise.sigma
    low, high = card.snr_range
    if not low <= snr <= high:
        warnings.append(f"Peak SNR {snr:.1f} lies outside the {low:g}-{high:g} that the model was trained on.")
    if noise.confidence <= LOW_CONFIDENCE:
        warnings.append("The noise level is uncertain; check the residual, or give sigma.")
    if holes.any():
        warnings.append(f"{np.count_nonzero(holes)} voxels are not numbers; they were left as they are.")
    return warnings


def _derived(volume: Volume, data: NDArray[Any], card: ModelCard, noise: NoiseEstimate, strength: float) -> Volume:
    derivation = (
        f"Denoised with {card.name} {card.version} (SHA-256 {card.sha256[:12]}), "
        f"sigma {noise.sigma:.6g} ({noise.source}), strength {strength:g}"
    )
    return volume.with_data(data, origin=replace(volume.origin, derivation=derivation))

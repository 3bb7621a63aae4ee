"""One network at one noise level, as a function from an image to its denoised self."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import NoiseEstimate
from viewer.core.progress import Progress, part, silent
from viewer.denoise.card import ModelCard
from viewer.denoise.grid import native_grid
from viewer.denoise.runtime import Network, run_network
from viewer.denoise.scaling import from_snr, to_snr
from viewer.denoise.views import VIEWS


def level_of(noise: NoiseEstimate) -> Any:
    """Return the noise SD of every voxel (slices, rows, columns), or one number where it is the same."""
    return noise.sigma if noise.map is None else noise.map * np.float32(noise.sigma)


@dataclass(frozen=True, eq=False)
class Run:
    """One network with one noise level: maps an image to its denoised self, as often as asked.

    ``negated``: the image is shown with its sign turned (`scaling.mostly_positive`). It is settled once, so that
    an image and the same image with a little more noise are seen alike.
    """

    noise: NoiseEstimate
    card: ModelCard
    network: Network
    negated: bool = False

    def __call__(self, data: NDArray[Any], progress: Progress = silent) -> NDArray[Any]:
        """Return ``data`` (slices, rows, columns) without noise."""
        return -self._views(-data, progress) if self.negated else self._views(data, progress)

    def _views(self, data: NDArray[Any], progress: Progress) -> NDArray[Any]:
        """Return the mean of the views that the card asks for."""
        views = VIEWS[: self.card.views.get(_kind(data), 1)]
        total = np.zeros_like(data)
        for number, view in enumerate(views):
            share = part(progress, number / len(views), (number + 1) / len(views))
            relative = None if self.noise.map is None else view.apply(self.noise.map)
            total += view.undo(self._once(view.apply(data), relative, share))
        clean = total / np.float32(len(views))
        if _kind(data) == "magnitude":
            np.maximum(clean, 0, out=clean)  # a magnitude is never negative
        return clean

    def _once(self, data: NDArray[Any], relative: NDArray[np.float32] | None, progress: Progress) -> NDArray[Any]:
        """Denoise every measured image within the stored one."""
        is_complex, sigma = np.iscomplexobj(data), self.noise.sigma
        grid = native_grid(data.shape, self.noise.factor, is_complex=is_complex)
        clean = np.empty_like(data)
        parts = list(grid.parts(data))
        for number, (place, image) in enumerate(parts):
            share = part(progress, number / len(parts), (number + 1) / len(parts))
            loudness = grid.part_map(place, relative)
            pairs = run_network(self.network, self.card, to_snr(image, sigma), share, loudness)
            clean[place] = grid.restore(from_snr(pairs, sigma, as_complex=is_complex))
        return clean

    def warnings(self, data: NDArray[Any]) -> list[str]:
        """Say what the grid of the image makes impossible."""
        warning = native_grid(data.shape, self.noise.factor, is_complex=np.iscomplexobj(data)).warning
        return [warning] if warning else []


def _kind(data: NDArray[Any]) -> str:
    """Return the kind of image in the words of a model card."""
    if np.iscomplexobj(data):
        return "complex"
    return "real" if float(data.min()) < 0 else "magnitude"

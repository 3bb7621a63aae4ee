"""The images that a document's numbers come from, found again by their voxels; derived ones are made again."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from viewer.core.denoised import DenoiseResult
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.core.volume import Volume
from viewer.denoise.card import load_card
from viewer.pipeline import denoise_volume, load
from viewer.report.facts import digest

SAME_PLACE_MM = 1e-3
OTHER_VOXELS = "The voxels of the series are not those of the document (another SHA-256)."
OTHER_UID = "The series goes by another UID in this study; it was known by its voxels."
OTHER_ANSWER = "The denoised voxels are not bit for bit those of the document (another SHA-256)."
OTHER_VERSION = "Use the version of Lowfield that wrote the document."
DENOISE_OPTIONS = {"model", "sigma", "strength", "provider", "judge"}
Facts = Mapping[str, Any]
Doubts = tuple[str, ...]


class Images:
    """Images of a study by `series_facts`, and by `denoise_facts` what was derived from them."""

    def __init__(self, index: StudyIndex, denoisings: Sequence[Facts] = ()) -> None:
        self.index = index
        self._derived = {str(each.get("denoised_sha256")): each for each in denoisings}
        self._results: dict[str, tuple[DenoiseResult, Doubts]] = {}

    def find(self, facts: Facts) -> tuple[Volume, Doubts]:
        """Return the image with these voxels, else the only one of its series on this grid, with the doubt."""
        found = self._stored(facts)
        if found is not None:
            return found
        derived = self._derived.get(str(facts.get("voxels_sha256")))
        if derived is not None:
            result, doubts = self.denoised(derived)
            return result.volume, doubts
        if facts.get("derivation"):
            raise LowfieldError(
                f"It was measured on a derived image ({facts['derivation']}) that neither the study holds nor the "
                "document says how to make."
            )
        raise LowfieldError("The study does not hold this series.", hint="Name the study that was measured.")

    def denoised(self, facts: Facts) -> tuple[DenoiseResult, Doubts]:
        """Denoise again; refuses another network than the document's own, whose numbers would prove nothing."""
        key = str(facts.get("denoised_sha256"))
        if key not in self._results:
            self._results[key] = self._denoise(facts)
        return self._results[key]

    def _denoise(self, facts: Facts) -> tuple[DenoiseResult, Doubts]:
        options = dict(facts.get("options") or {})
        if not {*options} <= DENOISE_OPTIONS:
            raise LowfieldError("It was denoised with options that are not known.", hint=OTHER_VERSION)
        _check_model(str(options.get("model")), str(facts.get("model_sha256")))
        source, doubts = self.find(stated(facts, "source"))
        if facts.get("repeat") is not None:
            options["repeat"], more = self.find(facts["repeat"])
            doubts += more
        result = denoise_volume(source, **options)
        if digest(result.volume.data) != facts.get("denoised_sha256"):
            doubts += (OTHER_ANSWER,)
        return result, doubts

    def _stored(self, facts: Facts) -> tuple[Volume, Doubts] | None:
        """Look at the series of this UID first, then at all: the UID of a plain file is made from its path."""
        shown = [each for each in self.index.series() if each.viewable]
        named = [each for each in shown if each.series_uid == facts.get("series_uid")]
        others = [
            each for each in shown if each not in named and list(each.shape) == list(facts.get("shape") or ())
        ]
        same, alike = self._among(named, facts)
        if same is not None:
            return same, ()
        for info in others:
            with contextlib.suppress(LowfieldError):  # one that cannot be read says nothing about this one
                if (same := self._among([info], facts)[0]) is not None:
                    return same, (OTHER_UID,)
        if not alike and (not named or facts.get("derivation")):
            return None
        if len(alike) != 1:
            raise LowfieldError(
                f"{len(alike)} of its stacks lie on the grid of the document, and none has its voxels."
            )
        return alike[0], (OTHER_VOXELS,)

    def _among(self, series: Iterable[SeriesInfo], facts: Facts) -> tuple[Volume | None, list[Volume]]:
        """Return the image with these very voxels, and those of the same kind on the same grid."""
        alike = []
        for info in series:
            volume = load(info)
            if volume.is_complex and facts.get("complex") is False:
                volume = volume.with_data(volume.magnitude(), noise_sigma=volume.noise_sigma)
            if _same_grid(volume.geometry, facts):
                if digest(volume.data) == facts.get("voxels_sha256"):
                    return volume, []
                alike += [volume] if volume.origin.derivation == facts.get("derivation", "") else []
        return None, alike


def _check_model(name: str, sha256: str) -> None:
    """Refuse where the installed model of this name is not the one that the document was made with."""
    card = load_card(name)
    if sha256 != card.sha256:
        raise LowfieldError(
            f"It was denoised by {name} with SHA-256 {sha256[:12]}; the one installed has {card.sha256[:12]}.",
            hint=OTHER_VERSION,
        )


def stated(facts: Facts, image: str) -> Facts:
    """Return what a document says about one of its images; LowfieldError where it says nothing."""
    if not isinstance(facts.get(image), Mapping):
        raise LowfieldError(f"The document does not say what {image} was.")
    found: Facts = facts[image]
    return found


def facts_in(value: Any) -> Iterator[Facts]:
    """Yield every `series_facts` in a document."""
    if isinstance(value, Mapping):
        if "voxels_sha256" in value:
            yield value
        for each in value.values():
            yield from facts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from facts_in(each)


def _same_grid(found: Geometry, facts: Facts) -> bool:
    same_shape = list(found.shape) == list(facts.get("shape") or ())
    return same_shape and np.allclose(found.affine, facts.get("affine_lps", np.inf), rtol=0, atol=SAME_PLACE_MM)

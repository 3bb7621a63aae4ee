"""Which voxels a verification read, and everything else that `lowfield replay` needs to repeat it."""

from collections.abc import Sequence
from typing import Any

from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.report.facts import series_facts
from viewer.roi.io import rois_to_json
from viewer.roi.shapes import Roi
from viewer.therapy.options import DoseOptions, Load
from viewer.therapy.visits import Visit


class Witness:
    """A `Load` that passes images on and remembers which they were: PET to measure, CT to register."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._seen: dict[str, dict[str, Any]] = {}

    def __call__(self, info: SeriesInfo) -> Volume:
        """Load a series; its voxels are digested the first time."""
        volume = self._load(info)
        if info.key not in self._seen:
            self._seen[info.key] = {"series_key": info.key, "modality": info.modality, **series_facts(volume)}
        return volume

    def facts(self, visits: Sequence[Visit], rois: Sequence[Roi], options: DoseOptions) -> dict[str, Any]:
        """Return what a replay needs; ``scans`` are the keys of the PET series, the reference first."""
        return {
            "options": options.document(),
            "scans": [visit.pet.key for visit in visits],
            "rois": rois_to_json(rois)["rois"],
            "series": list(self._seen.values()),
        }

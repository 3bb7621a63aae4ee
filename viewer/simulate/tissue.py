"""What tissues look like to an MR scanner: relaxation times and signal equations."""

import json
from dataclasses import dataclass
from functools import cache
from math import exp

from viewer.core.errors import LowfieldError
from viewer.core.paths import resources


@dataclass(frozen=True)
class TissueProperties:
    """Relaxation times in ms at 64 mT, proton density relative to water, relative SD inside the tissue."""

    name: str
    t1_ms: float
    t2_ms: float
    pd: float
    marbling: float
    source: str


@dataclass(frozen=True)
class Sequence:
    """A pulse sequence: ``kind`` is ``se`` (spin echo, or fast spin echo with effective TE) or ``ir``.

    ``te_ms``, ``tr_ms`` and, for ``ir`` (inversion recovery), ``ti_ms``.
    """

    kind: str
    te_ms: float
    tr_ms: float
    ti_ms: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in ("se", "ir") or not 0 <= self.te_ms < self.tr_ms or not 0 <= self.ti_ms < self.tr_ms:
            raise LowfieldError(f"{self} is not a sequence that can be simulated.")


T1W = Sequence("ir", te_ms=6, tr_ms=660, ti_ms=275)
"""T1 weighting by inversion, fluid near its null: a spin echo at 64 mT separates grey and white poorly."""
T2W = Sequence("se", te_ms=170, tr_ms=2200)
FLAIR = Sequence("ir", te_ms=194.4, tr_ms=4000, ti_ms=1400)
"""The times of a real Swoop header (shared/data/dicom2nifti_headers)."""
SEQUENCES = {"T1": T1W, "T2": T2W, "FLAIR": FLAIR}


def signal(tissue: TissueProperties, sequence: Sequence) -> float:
    """Return the transverse magnetisation at the echo, signed, relative to fully relaxed water.

    Spin echo: ρ·(1 − e^(−TR/T1))·e^(−TE/T2). Inversion recovery: ρ·(1 − 2e^(−TI/T1) + e^(−TR/T1))·e^(−TE/T2)
    (Bernstein, King, Zhou: Handbook of MRI Pulse Sequences, chapter 14; perfect 180° pulses, TE << TR).
    """
    recovered = 1 - exp(-sequence.tr_ms / tissue.t1_ms)
    if sequence.kind == "ir":
        recovered = 1 - 2 * exp(-sequence.ti_ms / tissue.t1_ms) + exp(-sequence.tr_ms / tissue.t1_ms)
    return tissue.pd * recovered * exp(-sequence.te_ms / tissue.t2_ms)


@cache
def tissue_table() -> tuple[TissueProperties, ...]:
    """Return all tissues of ``resources/tissues.json``, in the order of `anatomy.labels.Tissue`."""
    document = json.loads((resources() / "tissues.json").read_text(encoding="utf-8"))
    return tuple(TissueProperties(**row) for row in document["tissues"])

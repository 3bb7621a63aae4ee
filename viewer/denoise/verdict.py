"""One sentence about a result, from measures whose usual range good results have set (``resources/trust.json``).

Every measure becomes a distance from what good results showed; the largest one decides. The
file says on which images and with which network they were found: ``python tests/bench/trust.py --calibrate``.
"""

import json
import math
from dataclasses import dataclass, replace
from functools import cache

from viewer.core.denoised import ResidualReport
from viewer.core.errors import LowfieldError
from viewer.core.paths import resources

TOO_LITTLE = "Too little signal above the noise to judge the result."
NOT_JUDGED = "The result was not judged: that takes one more run of the network."
GOOD = "The residual looks like noise, as expected; no removed structure was found."
LOW_SNR = 5.0
LOWEST = 1e-3


@dataclass(frozen=True)
class Usual:
    """How far good results went below and above 0, where a faithful denoiser would be, in one measure."""

    low: float
    high: float

    def distance(self, value: float) -> float:
        """Return how far ``value`` went, signed, in units of how far good results did."""
        return value / self.high if value > 0 else value / abs(self.low)


CAUTION, DOUBTFUL = 1.0, 2.0
"""Distances from which a result is unlike good ones, and clearly so: once and twice as far as they went."""


@cache
def usual() -> dict[str, Usual]:
    """Read ``resources/trust.json``."""
    path = resources() / "trust.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {name: Usual(float(m["low"]), float(m["high"])) for name, m in document["measures"].items()}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise LowfieldError(f"The limits of trust cannot be read ({error!r}).", where=path) from error


def measures(report: ResidualReport) -> dict[str, float]:
    """Return the measures that decide, on scales where differences count alike (ratios as logarithms)."""
    if report.expected_sd is None or report.expected_whiteness is None:
        return {}
    off = [seen - usual for seen, usual in zip(report.whiteness, report.expected_whiteness)]
    found = {
        "spread": math.log(max(report.sd, LOWEST) / max(report.expected_sd, LOWEST)),
        "leak": report.structure_correlation,
        "whiteness": max(off, key=abs),
        "spot": (report.spot_z or 0.0) / (report.spot_chance_z or 1.0),
        "local": max(report.local_excess_z or 0.0, 0.0),
    }
    if report.sigma_ratio is not None:
        found["sigma"] = math.log(max(report.sigma_ratio, LOWEST))
    return found


def distances(report: ResidualReport) -> dict[str, float]:
    """Return how unusual each measure is, signed: beyond ±1 lies what no good result showed."""
    known = usual()
    return {name: known[name].distance(value) for name, value in measures(report).items() if name in known}


def score(report: ResidualReport) -> float:
    """Return how unusual the result is as a whole: the largest distance; 0 where nothing was measured."""
    return max(map(abs, distances(report).values()), default=0.0)


SENTENCES = {
    ("spread", True): "more was removed than noise: sigma is too low, or structure was taken away",
    ("spread", False): "less was removed than expected: sigma is probably too high",
    ("leak", True): "fine detail was weakened together with the noise",
    (
        "leak",
        False,
    ): "fine detail is stronger than the data support: part of it is left-over noise or made up",
    ("whiteness", True): "what was removed hangs together more than noise does: structure may be in it",
    ("whiteness", False): "what was removed hangs together less than noise does: slow noise was left in the image",
    ("spot", True): "in one place more was removed than noise can explain; look there",
    ("local", True): "in one region the error is larger than elsewhere; look at the error map",
    ("sigma", True): "the noise in tissue is louder than the sigma that was used",
    ("sigma", False): "the noise in tissue is quieter than the sigma that was used",
}


def judged(report: ResidualReport) -> ResidualReport:
    """Return the report with grade, reasons and verdict; unchanged where too little was measured."""
    found = distances(report)
    if not found:
        return report
    worst = sorted(found, key=lambda name: -abs(found[name]))
    unusual = [name for name in worst if abs(found[name]) >= CAUTION]
    reasons = tuple(SENTENCES[name, found[name] > 0] for name in unusual)
    high = abs(found[worst[0]])
    grade = "doubtful" if high >= DOUBTFUL else "caution" if reasons else "good"
    return replace(report, grade=grade, reasons=reasons, verdict=_sentence(grade, reasons, report))


def _sentence(grade: str, reasons: tuple[str, ...], report: ResidualReport) -> str:
    if grade == "doubtful":
        return f"Do not rely on this result: {reasons[0]}."
    if grade == "caution":
        return f"Compare with the original: {reasons[0]}."
    if report.input_snr < LOW_SNR:
        return "The residual looks like noise, but the input SNR is low: fine low-contrast detail may be lost."
    return GOOD

"""Which curve: the one asked for, or the one that Akaike's criterion for small samples (AICc) prefers.

AICc exists from k + 2 points on. A curve that it cannot rank is taken only when χ² rejects the preferred ranked
one (p below 0.05): simple curves need a reason to be left, and few points are none.
"""

from dataclasses import replace

from numpy.typing import ArrayLike

from viewer.core.dose import Candidate, CurveFit
from viewer.core.errors import LowfieldError
from viewer.quantify.fit import MISFIT_P, checked, fit_curve
from viewer.quantify.fit_models import MODELS

AUTO = "auto"


def choose_curve(
    seconds: ArrayLike, values: ArrayLike, uncertainties: ArrayLike, half_life_s: float, key: str = AUTO
) -> CurveFit:
    """Fit the curve called ``key``, or all of them and return the preferred one; see `fit_curve` for the rest.

    ``candidates`` of the result says what each curve came to, ``choice`` why this one was taken.
    """
    if key != AUTO:
        asked = fit_curve(seconds, values, uncertainties, key, half_life_s)
        return replace(asked, choice="as asked for", warnings=_doubts(asked))
    checked(seconds, values, uncertainties)
    fits, candidates = [], []
    for name, model in MODELS.items():
        try:
            fit = fit_curve(seconds, values, uncertainties, name, half_life_s)
        except LowfieldError as error:
            candidates.append(Candidate(model.title, None, None, None, error.what))
            continue
        fits.append(fit)
        unranked = "" if fit.aicc is not None else f"AICc needs {model.size + 2} points"
        candidates.append(Candidate(model.title, fit.aicc, fit.chi_squared, fit.p_value, unranked))
    chosen, why = _prefer(fits)
    return replace(chosen, choice=why, candidates=tuple(candidates), warnings=_doubts(chosen))


def _prefer(fits: list[CurveFit]) -> tuple[CurveFit, str]:
    if not fits:
        raise LowfieldError("No curve could be fitted through the points.")
    ranked = [fit for fit in fits if fit.aicc is not None]
    simplest = min(ranked, key=lambda fit: fit.aicc or 0.0, default=fits[0])
    why = "lowest AICc" if ranked else "the simplest; AICc needs more points"
    if not _rejected(simplest, fits):
        return simplest, why
    richer = [fit for fit in fits if fit.aicc is None and len(fit.parameters) > len(simplest.parameters)]
    if not richer:
        return simplest, why
    return richer[0], f"AICc cannot rank it with so few points, but χ² rejects {simplest.title}"


def _rejected(simplest: CurveFit, fits: list[CurveFit]) -> bool:
    return simplest.p_value is not None and simplest.p_value < MISFIT_P


def _doubts(fit: CurveFit) -> tuple[str, ...]:
    if fit.widened_by > 1:
        return (
            f"The points scatter more around the {fit.title} curve than their uncertainties allow "
            f"(p = {fit.p_value:.2g}); its uncertainties are widened by {fit.widened_by:.2f}.",
        )
    return ()

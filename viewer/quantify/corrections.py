"""From the activity as the scanner wrote it to the activity of the true nuclide at the time asked for.

With λ = ln 2 / T½, frame duration T, frame start t_k after the scan start, X what the scanner was told and Y what
it is (facts/tb149-pet §3):

- START: C_Y(scan) = C · (f_X/f_Y) · F_Y(T)/F_X(T) · e^((λ_Y − λ_X)·t_k); every bed shares this one reference.
- ADMIN: the same, times e^((λ_Y − λ_X)·(scan − injection)), gives C_Y at injection.
- NONE: C_Y(t) = C · (f_X/f_Y) · F_Y(T) · e^(λ_Y·(frame start − t)).
- to another time: C(t) = C(ref) · e^(−λ_Y·(t − ref)).
"""

import math
from dataclasses import dataclass
from datetime import datetime

from viewer.core.errors import LowfieldError
from viewer.quantify.decay import decay_constant, decay_factor, frame_factor
from viewer.quantify.declare import Declaration, Isotope
from viewer.quantify.factors import Factor
from viewer.quantify.timeline import Timeline, elapsed_s

Reference = str | datetime
OWN_REFERENCE = {"START": "scan", "ADMIN": "injection"}


@dataclass(frozen=True)
class Corrected:
    """The factors, the time at which the result is the activity (None: not known), and what to be wary of."""

    factors: tuple[Factor, ...]
    reference_time: datetime | None
    warnings: tuple[str, ...] = ()


def corrections(times: Timeline, declaration: Declaration, reference: Reference) -> Corrected:
    """Return the factors from stored activity to that of the actual nuclide at ``reference``.

    ``reference`` is ``scan``, ``injection`` or a naive local datetime. Raises `LowfieldError` when a time or a
    half-life that the formulas need is not stated.
    """
    _check(reference)
    branching = _branching(declaration)
    if times.decay_correction in OWN_REFERENCE:
        redone = _redecayed(times, declaration) if declaration.rescaled else ()
        moved = _moved(times, declaration.actual, reference)
        return Corrected((*branching, *redone, *moved.factors), moved.reference_time)
    try:
        if times.decay_correction != "NONE":
            raise LowfieldError("The file does not say to which time it is decay corrected (DecayCorrection).")
        ongoing = _from_frames(times, declaration.actual, reference)
    except LowfieldError as error:
        if reference != "scan" or (declaration.rescaled and times.decay_correction != "NONE"):
            raise
        warning = f"{error} The values are shown as stored, each at its own time."
        return Corrected(branching, None, (warning,))
    return Corrected((*branching, *ongoing.factors), ongoing.reference_time)


def need_half_life(isotope: Isotope) -> float:
    """Return the half-life in s, or raise `LowfieldError`."""
    if isotope.half_life_s is None:
        raise LowfieldError(
            "The file states no half-life (RadionuclideHalfLife), so nothing can be decay corrected.",
            hint="State the nuclide.",
        )
    return isotope.half_life_s


def _check(reference: Reference) -> None:
    if isinstance(reference, datetime):
        if reference.tzinfo is not None:
            raise LowfieldError("The reference time has a time zone.", hint="Give the local time of the scanner.")
    elif reference not in OWN_REFERENCE.values():
        raise LowfieldError(f"The reference {reference!r} is not known.", hint="Use scan, injection or a time.")


def _branching(declaration: Declaration) -> tuple[Factor, ...]:
    if not declaration.rescaled:
        return ()
    told, true = declaration.acquired, declaration.actual
    assert told.positron_fraction and true.positron_fraction  # `declare` refuses nuclides without positrons
    formula = f"f({told.name}) / f({true.name})"
    return (Factor.of("branching", formula, told.positron_fraction / true.positron_fraction),)


def _redecayed(times: Timeline, declaration: Declaration) -> tuple[Factor, ...]:
    """Undo the scanner's decay correction for X and do it for Y, to the same reference."""
    told, true = need_half_life(declaration.acquired), need_half_life(declaration.actual)
    x, y = declaration.acquired.name, declaration.actual.name
    difference = decay_constant(true) - decay_constant(told)
    frames = [frame_factor(duration, true) / frame_factor(duration, told) for duration in times.durations_s()]
    delays = [math.exp(difference * delay) for delay in times.frame_delays_s(min(told, true))]
    factors = (
        Factor.of("decay during the frame", f"F_{y}(T) / F_{x}(T), F(T) = λT / (1 − e^(−λT))", frames),
        Factor.of("decay before the frame", f"e^((λ_{y} − λ_{x})·(frame start − scan start))", delays),
    )
    if times.decay_correction == "START":
        return factors
    uptake = elapsed_s(times.need_admin_time(), times.need_scan_start(), min(told, true))
    formula = f"e^((λ_{y} − λ_{x})·(scan start − injection))"
    return (*factors, Factor.of("decay before the scan", formula, math.exp(difference * uptake)))


def _moved(times: Timeline, isotope: Isotope, reference: Reference) -> Corrected:
    """Decay from the image's own reference to the one asked for."""
    own = OWN_REFERENCE[times.decay_correction]
    moved_injection = own == "injection" and times.injection != times.admin_time
    if reference == own and not moved_injection:
        return Corrected((), times.scan_start if own == "scan" else times.injection)
    half_life = need_half_life(isotope)
    start = times.need_scan_start() if own == "scan" else times.need_admin_time()
    end = _time_of(times, reference)
    formula = f"e^(−λ·(reference − {own})), λ = ln 2 / {half_life:g} s"
    left = decay_factor(elapsed_s(start, end, half_life), half_life)
    return Corrected((Factor.of("decay to the reference", formula, left),), end)


def _from_frames(times: Timeline, isotope: Isotope, reference: Reference) -> Corrected:
    """Decay from the mean over each frame, as stored without any correction, to the reference."""
    half_life, end = need_half_life(isotope), _time_of(times, reference)
    during = [frame_factor(duration, half_life) for duration in times.durations_s()]
    left = [1 / decay_factor(elapsed_s(end, start, half_life), half_life) for start in times.starts()]
    factors = (
        Factor.of("decay during the frame", f"F(T) = λT / (1 − e^(−λT)), λ = ln 2 / {half_life:g} s", during),
        Factor.of("decay to the reference", "e^(λ·(frame start − reference))", left),
    )
    return Corrected(factors, end)


def _time_of(times: Timeline, reference: Reference) -> datetime:
    if isinstance(reference, datetime):
        return reference
    return times.need_scan_start() if reference == "scan" else times.need_injection()

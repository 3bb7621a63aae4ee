"""Numbers, dates and durations as a reader expects them on paper."""

import math
from collections.abc import Iterable
from datetime import datetime

NOTHING = "–"
"""Stands where there is no number."""
MINUS = "\N{MINUS SIGN}"
GROUP = "\N{NO-BREAK SPACE}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWEST, HIGHEST = 1e-5, 1e7
"""Outside of them numbers are written with a power of ten."""
DIGITS, FEWEST_DIGITS = 4, 3
EXTRA_DECIMALS = 3
"""How many more decimals than its column a small number may have before it is only called small."""
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0


def significant(value: float | None, digits: int = DIGITS) -> str:
    """Return ``value`` with so many significant digits; whole digits are never rounded away."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0 or LOWEST <= abs(value) < HIGHEST:
        return fixed(value, max(0, digits - 1 - _power(value)))
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}".replace("-", MINUS)


def column(values: Iterable[float | None], decimals: int | None = None) -> tuple[str, ...]:
    """Return numbers with one count of ``decimals``, by default what gives the largest four significant digits.

    A number with fewer than three digits left has up to three more decimals; one smaller still is ``<0.001``.
    """
    numbers = list(values)
    common = common_decimals(numbers) if decimals is None else decimals
    return tuple(_in_column(x, common) for x in numbers)


def common_decimals(values: Iterable[float | None]) -> int:
    """Return how many decimals give the largest of ``values`` four significant digits."""
    sizes = [abs(x) for x in values if x is not None and math.isfinite(x)]
    return max(0, DIGITS - 1 - _power(max(sizes, default=1.0)))


def _in_column(value: float | None, decimals: int) -> str:
    if value is None or not math.isfinite(value) or abs(value) >= HIGHEST:
        return significant(value, FEWEST_DIGITS)
    most = decimals + EXTRA_DECIMALS
    if 0 < abs(value) < 0.5 * 10**-most:
        bound = f"{10**-most:.{most}f}"
        return f"<{bound}" if value > 0 else f">{MINUS}{bound}"
    return fixed(value, min(most, max(decimals, FEWEST_DIGITS - 1 - _power(value))) if value else decimals)


def fixed(value: float, decimals: int) -> str:
    """Return ``value`` with so many decimals, a true minus sign and grouped thousands from 10 000 on."""
    text = f"{value:,.{decimals}f}" if abs(value) >= 9999.5 else f"{value:.{decimals}f}"
    negative = text.startswith("-") and text.strip("-0.,") != ""
    return (MINUS if negative else "") + text.lstrip("-").replace(",", GROUP)


def percent(fraction: float | None) -> str:
    """Return a fraction in percent, two significant digits."""
    return NOTHING if fraction is None else f"{significant(100 * fraction, 2)} %"


def half_life(seconds: float | None) -> str:
    """Return seconds as they enter the formula, and in the unit people know it by."""
    if seconds is None:
        return NOTHING
    scale, unit = next(
        (s, u) for s, u in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")) if seconds >= s or u == "min"
    )
    return f"{seconds:.10g} s ({significant(seconds / scale)} {unit})"


def duration(seconds: float | None) -> str:
    """Return a duration in s, or from two minutes on in min."""
    if seconds is None:
        return NOTHING
    return f"{_short(seconds)} s" if seconds < 2 * MINUTE_S else f"{_short(seconds / MINUTE_S)} min"


def moment(text: str | None) -> str:
    """Return an ISO 8601 time as ``2026-05-04 12:00:00``, its offset as ``UTC+02:00``; other text as it is."""
    try:
        plain = datetime.fromisoformat(text or "").isoformat(" ", "seconds")
    except ValueError:
        return text or NOTHING
    return f"{plain[:19]} UTC{plain[19:]}".replace("UTC+00:00", "UTC") if len(plain) > 19 else plain


def day(text: str) -> str:
    """Return DICOM ``20260504`` as ``2026-05-04``; other text as it is (DA, PS3.5 section 6.2)."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _power(value: float) -> int:
    """Decimal exponent after rounding to four digits: 9.99996 counts as 10."""
    return int(f"{value:.{DIGITS - 1}e}".split("e")[1]) if value else 0


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

"""Radioactive decay. Times in seconds; λ = ln 2 / T½ (facts/tb149-pet §3)."""

import math

from viewer.core.errors import LowfieldError


def decay_constant(half_life_s: float) -> float:
    """Return λ = ln 2 / T½ in 1/s."""
    if not (math.isfinite(half_life_s) and half_life_s > 0):
        raise LowfieldError(f"A half-life of {half_life_s} s is not possible.")
    return math.log(2) / half_life_s


def frame_factor(duration_s: float, half_life_s: float) -> float:
    """Return F(T) = λT / (1 − e^(−λT)): the activity at the start of a frame over its mean during the frame."""
    exponent = decay_constant(half_life_s) * _duration(duration_s)
    return exponent / -math.expm1(-exponent) if exponent > 0 else 1.0


def effective_time(duration_s: float, half_life_s: float) -> float:
    """Return T_ave = ln F / λ in s: when, inside a frame, the activity equals its mean (PS3.3 C.8.9.4.1.5)."""
    return math.log(frame_factor(duration_s, half_life_s)) / decay_constant(half_life_s)


def decay_factor(elapsed_s: float, half_life_s: float) -> float:
    """Return e^(−λ·Δt): what is left after ``elapsed_s``; above 1 for a time before."""
    return math.exp(-decay_constant(half_life_s) * elapsed_s)


def _duration(duration_s: float) -> float:
    if not (math.isfinite(duration_s) and duration_s >= 0):
        raise LowfieldError(f"A frame of {duration_s} s is not possible.")
    return duration_s

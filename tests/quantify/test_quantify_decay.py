"""Decay: closed forms, limits, and the Siemens frame of facts/tb149-pet §3."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.quantify.decay import decay_constant, decay_factor, effective_time, frame_factor

TB149, F18 = 14824.8, 6586.2


def test_a_twenty_minute_frame_of_149tb():
    assert frame_factor(1200, TB149) == pytest.approx(1.02832, abs=5e-6)
    assert effective_time(1200, TB149) == pytest.approx(597.19, abs=5e-3)


def test_a_real_siemens_frame_of_18f():
    # FrameReferenceTime 149605.34445734 ms and DecayFactor 1.01587 of a 300 s frame.
    assert effective_time(300, F18) == pytest.approx(149.60534445734, rel=1e-8)
    assert frame_factor(300, F18) == pytest.approx(1.01587, abs=5e-6)


def test_half_is_left_after_a_half_life():
    assert decay_factor(F18, F18) == pytest.approx(0.5, rel=1e-14)
    assert decay_factor(-F18, F18) == pytest.approx(2.0, rel=1e-14)
    assert decay_constant(F18) == pytest.approx(math.log(2) / F18)


@settings(deadline=None)  # a busy machine is no failure
@given(st.floats(1e-6, 1e5), st.floats(10, 1e9))
def test_the_frame_factor_is_the_start_over_the_mean(duration, half_life):
    steps = 2000
    mean = sum(decay_factor((n + 0.5) / steps * duration, half_life) for n in range(steps)) / steps
    x = duration / half_life
    if x < 20:
        assert frame_factor(duration, half_life) == pytest.approx(1 / mean, rel=1e-4)
    assert 0 <= effective_time(duration, half_life) <= duration / 2 * (1 + 1e-6) + 1e-15 * half_life


def test_an_instant_has_no_decay():
    assert frame_factor(0, F18) == 1.0
    assert effective_time(0, F18) == 0.0


@pytest.mark.parametrize("half_life", [0, -1, math.nan, math.inf])
def test_impossible_half_lives(half_life):
    with pytest.raises(LowfieldError, match="half-life"):
        decay_factor(1, half_life)


@pytest.mark.parametrize("duration", [-1, math.nan, math.inf])
def test_impossible_frames(duration):
    with pytest.raises(LowfieldError, match="frame"):
        frame_factor(duration, F18)

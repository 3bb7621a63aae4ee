"""How far the dose figures may be believed: facts reproduced, intervals' coverage, registration against the truth.

Run ``python tests/bench/dose.py [SIMULATIONS]`` (default 200; about a minute). Not a test: it only prints.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from viewer.align.judge import registered
from viewer.core.errors import LowfieldError
from viewer.quantify.dose import absorbed_dose, daughters
from viewer.quantify.dose_constants import dose_constants
from viewer.quantify.fit import fit_curve
from viewer.quantify.fit_choice import choose_curve
from viewer.quantify.fit_models import curve_at
from viewer.quantify.timeactivity_integral import integrate
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import Emitter, simulate_pet
from viewer.simulate.phantom_frame import phantom_geometry

HOUR, HALF_LIFE = 3600.0, 14824.8
PER_HOUR = math.log(2) / HOUR
EIGHT, FIVE, FOUR = ([0.25, 0.5, 1, 2, 3, 5, 8, 12], [0.25, 1, 2, 4, 8], [0.5, 2, 5, 10])
"""Hours after injection."""
CASES = (
    ("mono", [6000.0], [PER_HOUR / 3.0], FOUR, 0.05),
    ("uptake", [6000.0, -6000.0], [PER_HOUR / 3.5, PER_HOUR / 0.5], FOUR, 0.03),
    ("bi", [6000.0, 4000.0], [PER_HOUR / 0.6, PER_HOUR / 4.0], EIGHT, 0.05),
    ("bi", [6000.0, 4000.0], [PER_HOUR / 0.6, PER_HOUR / 4.0], EIGHT, 0.02),
    ("bi", [6000.0, 4000.0], [PER_HOUR / 0.6, PER_HOUR / 4.0], FIVE, 0.02),
)


def facts() -> None:
    constants = dose_constants("Tb-149")
    decays = HALF_LIFE / math.log(2)
    dose = absorbed_dose(1000 * decays, constants)
    print("facts/tb149-pet §6                                   here      facts")
    print(f"  decays per Bq                              {decays:12.1f}      21388")
    print(f"  S alpha and recoil, Gy·kg/(Bq·s)           {constants.alpha_gy_kg:12.4g}  1.091e-13")
    print(f"  S electrons                                {constants.electron_gy_kg:12.4g}  1.395e-14")
    print(f"  1 kBq/mL, alpha, mGy                       {1e3 * dose.alpha_gy:12.3f}       2.33")
    print(f"  1 kBq/mL, electrons, mGy                   {1e3 * dose.electron_gy:12.3f}       0.30")
    print(f"  1 kBq/mL, RBE 5, mGy·RBE                   {1e3 * dose.weighted_gy:12.3f}      11.97")
    for each, known in zip(daughters(constants), (15.4, 4.8), strict=True):
        print(f"  {each.name} left, mBq per Bq                     {1e3 * each.per_bq:12.2f}       {known}")


def coverage(simulations: int) -> None:
    spread = 100 * math.sqrt(0.95 * 0.05 / simulations)
    print(f"\nHow often 95 % intervals hold the truth, {simulations} simulations: 95.0 ± {spread:.1f} % is due")
    print("  curve    points noise   parameters %                    integral %  refused  auto takes it")
    for number, (key, amplitudes, rates, hours, noise) in enumerate(CASES):
        _coverage(key, np.array(amplitudes), np.array(rates), HOUR * np.array(hours), noise, simulations, number)


def _coverage(key, amplitudes, rates, times, noise, simulations, seed) -> None:
    rng, clean = np.random.default_rng(seed), curve_at(times, amplitudes, rates)
    pairs = zip(amplitudes, rates, strict=True)
    wanted = {"mono": [*amplitudes, *rates], "uptake": [amplitudes[0], *rates]}.get(key) or [
        x for p in pairs for x in p
    ]
    exact = fit_curve(times, clean, noise * clean, key, HALF_LIFE)
    truth = integrate(exact, times[0], times[-1], HALF_LIFE).total_bq_s_ml
    hits, of_integral, refused, chosen = np.zeros(len(wanted)), 0, 0, 0
    for number in range(simulations):
        y = clean + rng.normal(0, noise * clean)
        try:
            fit = fit_curve(times, y, noise * clean, key, HALF_LIFE)
        except LowfieldError:
            refused += 1
            continue
        hits += [p.low <= w <= p.high for p, w in zip(fit.parameters, wanted, strict=True)]
        found = integrate(fit, times[0], times[-1], HALF_LIFE)
        of_integral += abs(found.total_bq_s_ml - truth) <= 1.96 * found.uncertainty_bq_s_ml
        if number < simulations // 4:
            chosen += choose_curve(times, y, noise * clean, HALF_LIFE).model == key
    kept = max(simulations - refused, 1)
    shown = " ".join(f"{100 * hit / kept:6.1f}" for hit in hits)
    share = 100 * chosen / max(simulations // 4, 1)
    row = f"  {key:<8} {len(times):>5} {100 * noise:5.0f} %  {shown:<30}  {100 * of_integral / kept:8.1f}"
    print(f"{row}  {refused:>7}  {share:8.0f} %")


def registration() -> None:
    print("\nRegistration of simulated PET (IEC phantom, 5 mm voxels), against the motion it was given")
    terbium = Emitter("^149^Terbium", HALF_LIFE, 0.0715)
    rng, first = np.random.default_rng(3), IecPhantom()
    grid = phantom_geometry(first, (5.0, 5.0, 5.0))
    fixed = simulate_pet(first, terbium, np.random.default_rng(1), geometry=grid).volume
    corners = np.array([[100.0, 0, 0], [-100, 0, 0], [0, 80, 0], [0, 0, 100], [0, 0, -60], [0, 0, 0]])
    for _ in range(4):
        turn, shift = rng.normal(0, 0.06, 3), rng.normal(0, 15, 3)
        matrix = Rotation.from_rotvec(turn).as_matrix()
        moved = IecPhantom(tuple(shift.tolist()), matrix)
        there = phantom_geometry(moved, (5.0, 5.0, 5.0))
        moving = simulate_pet(moved, terbium, np.random.default_rng(2), geometry=there).volume
        start = time.perf_counter()
        motion, evidence = registered(fixed, moving)
        seconds = time.perf_counter() - start
        missed = np.linalg.norm(motion.apply(corners) - (corners @ matrix.T + shift), axis=1).max()
        assert evidence.correlation and evidence.dice
        (r, after), (d, dice) = evidence.correlation, evidence.dice
        given = f"{np.rad2deg(np.linalg.norm(turn)):5.1f}°, {np.linalg.norm(shift):5.1f} mm"
        print(
            f"  {given}: missed by {missed:.2f} mm at most, correlation {r:.3f} → {after:.3f}, "
            f"Dice {d:.3f} → {dice:.3f}, way back {evidence.inverse_error_mm:.2f} mm, {seconds:.0f} s"
        )


if __name__ == "__main__":
    facts()
    coverage(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    registration()

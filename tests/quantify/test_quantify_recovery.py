"""Recovery: tables as data, EARL bands, a monotone curve with its doubt, corrected means beside raw ones."""

import json
import math

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement, Statistics
from viewer.core.recovery import RecoveryPoint, RecoveryTable
from viewer.quantify.earl import verdicts
from viewer.quantify.recovery import recovered, recovered_measurement, site_table, sphere_diameter_mm
from viewer.quantify.recovery_fit import fit
from viewer.quantify.recovery_tables import (
    calibration_tolerance,
    convention,
    conventions,
    read_table,
    recovery_table,
    standards,
    tables,
    write_table,
)

DIAMETERS = (10, 13, 17, 22, 28, 37)


def curve(diameter, a=0.85, b=8.0, c=2.5):
    return a / (1 + (b / diameter) ** c)


def made(doubt=None, rc=curve, diameters=DIAMETERS, **changes) -> RecoveryTable:
    points = tuple(RecoveryPoint(float(d), rc(d), doubt) for d in diameters)
    return RecoveryTable(
        **({"key": "x", "name": "made", "source": "test", "convention": "a50"} | changes), points=points
    )


def test_the_papers_table_is_shipped_as_printed():
    # arXiv 2604.02053, abstract: facts/tb149-pet §1.
    paper = recovery_table("tb149-2026")
    assert [point.diameter_mm for point in paper.points] == list(DIAMETERS)
    assert [point.rc for point in paper.points] == [0.55, 0.69, 0.73, 0.76, 0.79, 0.81]
    assert "2604.02053" in paper.source and paper.nuclide == "Tb-149" and paper.range_mm == (10, 37)
    assert [table.key for table in tables()] == ["tb149-2026", "earl1", "earl2"]
    assert calibration_tolerance() == 0.10


@pytest.mark.parametrize(
    ("key", "means", "maxima"),
    [  # facts/tb149-pet §4, largest sphere first
        (
            "earl1",
            "0.76–0.89 0.72–0.85 0.63–0.78 0.57–0.73 0.44–0.60 0.27–0.43",
            "0.95–1.16 0.91–1.13 0.83–1.09 0.73–1.01 0.59–0.85 0.34–0.57",
        ),
        (
            "earl2",
            "0.85–1.00 0.82–0.97 0.80–0.99 0.76–0.97 0.63–0.86 0.39–0.61",
            "1.05–1.29 1.01–1.26 1.01–1.32 1.00–1.38 0.85–1.22 0.52–0.88",
        ),
    ],
)
def test_the_earl_bands_are_those_of_the_facts(key, means, maxima):
    standard = next(each for each in standards() if each.key == key)
    bands = standard.bands[::-1]
    assert [band.diameter_mm for band in bands] == list(DIAMETERS[::-1])
    assert " ".join(f"{band.mean[0]:.2f}–{band.mean[1]:.2f}" for band in bands) == means
    assert " ".join(f"{band.max[0]:.2f}–{band.max[1]:.2f}" for band in bands) == maxima


def test_the_papers_spheres_against_earl_2_each_get_their_own_verdict():
    # facts/tb149-pet §1: 10 and 13 mm lie inside, the other four under the lower limit.
    paper = recovery_table("tb149-2026")
    found = [verdicts(p.diameter_mm, p.rc, None, "a50") for p in paper.points]
    earl2 = [next(v for v in row if (v.standard, v.quantity) == ("EARL 2", "RCmean")) for row in found]
    assert [each.passed for each in earl2] == [True, True, False, False, False, False]
    assert all(v.passed is None for row in found for v in row if v.quantity == "RCmax")


def test_a_verdict_is_given_at_two_decimals_and_only_for_its_convention():
    def passed(value, key="a50"):
        return verdicts(10.0, value, value, key)[0].passed

    assert [passed(x) for x in (0.264, 0.266, 0.434, 0.436)] == [False, True, True, False]
    assert passed(0.35, "sphere") is None
    assert verdicts(10.0, 0.35, 0.4, "sphere")[1].passed is True
    assert verdicts(11.0, 0.5, 0.5, "a50") == ()


def test_conventions_are_named_and_unknown_ones_refused():
    assert [each.key for each in conventions()] == ["a50", "i50", "i41", "sphere"]
    assert convention("a50").background_corrected and convention("a50").fraction == 0.5
    assert convention("sphere").fraction is None
    with pytest.raises(LowfieldError, match="'b50' is not known") as told:
        convention("b50")
    assert "a50" in told.value.hint


def test_a_table_is_read_as_it_was_written(tmp_path):
    table = made(0.03, nuclide="Tb-149", contrast=8.0)
    path = tmp_path / "own.json"
    write_table(table, path)
    assert recovery_table(str(path)) == table


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(format="else"), "not a file of the format"),
        (lambda d: d["table"].pop("points"), "damaged .KeyError"),
        (lambda d: d["table"]["points"][0].update(rc=math.nan), "not possible"),
        (lambda d: d["table"]["points"][0].update(uncertainty=-0.1), "not possible"),
        (lambda d: d["table"].update(points=d["table"]["points"][:3]), "4 different spheres"),
        (lambda d: d["table"]["points"].append(d["table"]["points"][0]), "4 different spheres"),
        (lambda d: d["table"].update(convention="b50"), "'b50' is not known"),
    ],
)
def test_a_damaged_table_says_what_is_wrong(tmp_path, change, says):
    path = tmp_path / "own.json"
    write_table(made(0.03), path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(LowfieldError, match=says):
        read_table(path)


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(LowfieldError, match="is no recovery table") as told:
        recovery_table(str(tmp_path / "absent"))
    assert "tb149-2026" in told.value.hint
    (tmp_path / "text").write_text("{")
    with pytest.raises(LowfieldError, match="not valid JSON"):
        read_table(tmp_path / "text")


def test_the_curve_recovers_what_made_the_table():
    found = fit(made())
    np.testing.assert_allclose(found.parameters, (0.85, 8.0, 2.5), rtol=1e-3)
    assert found.residual < 1e-6
    low, high = found.band(20.0)
    assert low <= found.rc(20.0) <= high and high - low < 1e-4


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.key)
def test_every_curve_rises_and_its_band_holds_it(table):
    found = fit(table)
    sizes = np.linspace(*table.range_mm, 28)
    values = [found.rc(size) for size in sizes]
    assert (np.diff(values) > 0).all()
    for size, value in zip(sizes, values):
        low, high = found.band(float(size))
        assert 0 < low <= value <= high < 1.5
    for point in table.points:
        assert found.rc(point.diameter_mm) == pytest.approx(point.rc, abs=0.04)


def test_the_band_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(40):
        points = tuple(RecoveryPoint(float(d), curve(d) + rng.normal(0, 0.03), 0.03) for d in DIAMETERS)
        low, high = fit(RecoveryTable("x", "x", "x", "a50", points)).band(20.0)
        inside.append(low <= curve(20.0) <= high)
    # 40 draws at 95 %: fewer than 33 happen less than once in 1000 times.
    assert sum(inside) >= 33


def test_a_sphere_has_the_diameter_of_its_volume():
    # facts/tb149-pet §4: volumes of the six spheres in mL, two decimals.
    for diameter, volume in zip(DIAMETERS, (0.52, 1.15, 2.57, 5.57, 11.49, 26.52)):
        assert sphere_diameter_mm(volume) == pytest.approx(diameter, abs=0.04)
    assert sphere_diameter_mm(0.0) == 0.0


def test_raw_and_corrected_come_together():
    table = made(0.02, contrast=10.0)
    value = recovered(500.0, math.pi / 6 * 20**3 / 1000, table)
    assert value.raw == 500.0 and value.diameter_mm == pytest.approx(20)
    assert value.rc == pytest.approx(curve(20.0), abs=1e-3)
    assert value.corrected == pytest.approx(500 / value.rc)
    assert value.low == pytest.approx(500 / value.rc_high) and value.high == pytest.approx(500 / value.rc_low)
    assert value.low < value.corrected < value.high
    assert value.table == "made" and value.convention == "A50" and "rises with d" in value.function
    assert len(value.notes) == 2 and "10 times" in value.notes[1]
    negative = recovered(-5.0, math.pi / 6 * 20**3 / 1000, table)
    assert negative.low < negative.corrected < negative.high < 0


@pytest.mark.parametrize(
    ("raw", "diameter", "says"),
    [
        (1.0, 9.9, "outside the 10 to 37 mm"),
        (1.0, 37.1, "outside"),
        (1.0, 0.0, "outside"),
        (math.nan, 20, "no number"),
    ],
)
def test_a_correction_is_refused_with_the_reason_and_the_raw_value(raw, diameter, says):
    value = recovered(raw, math.pi / 6 * diameter**3 / 1000, made())
    assert value.corrected is value.low is value.high is value.rc is None
    assert says in value.refusal and len(value.notes) == 1
    assert value.raw is raw


def test_too_little_recovery_is_refused():
    value = recovered(1.0, math.pi / 6 * 10.5**3 / 1000, made(rc=lambda d: curve(d, b=25.0)))
    assert value.corrected is None and "too low to divide by" in value.refusal


def test_measurements_are_corrected_by_their_own_volume():
    numbers = Statistics(10, 300.0, 1.0, 290.0, 310.0, 300.0)
    volume = math.pi / 6 * 22**3 / 1000
    value = recovered_measurement(Measurement("a", 10, volume, "1.2", activity=numbers), made())
    assert value.corrected == pytest.approx(300 / curve(22.0), rel=1e-3)
    assert recovered_measurement(Measurement("b", 10, volume, "1.2"), made()) is None


def test_a_site_table_is_sorted():
    table = site_table("own", "here", "a50", None, [RecoveryPoint(d, 0.5) for d in (37.0, 10.0)])
    assert [point.diameter_mm for point in table.points] == [10.0, 37.0]

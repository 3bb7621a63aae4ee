"""The phantom and the recovery correction in words, tables and lines."""

import csv
import io
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from viewer.core.measurement import Measurement, Statistics
from viewer.core.phantom import PhantomPlan, PhantomPose, PhantomResult, SphereResult, Verdict
from viewer.quantify.earl import verdicts
from viewer.quantify.recovery import recovered
from viewer.quantify.recovery_tables import recovery_table
from viewer.report.csv import csv_text
from viewer.report.curve import Axes, recovery_plot
from viewer.report.phantom import calibration_text, phantom_tables, verdict_text
from viewer.report.recovered import recovered_text, recovery_tables
from viewer.report.tables import Table

RC = (0.45, 0.65, 0.74, 0.79, 0.83, 0.86)
DIAMETERS = (10.0, 13.0, 17.0, 22.0, 28.0, 37.0)


@pytest.fixture
def result() -> PhantomResult:
    pose = PhantomPose(
        np.zeros(3), np.eye(3), np.zeros((6, 3)), np.ones(6), np.full(6, 9.0), 0.97, 0.21, 6.5, "PET"
    )
    spheres = tuple(
        SphereResult(
            d, (0.0, 0.0, 0.0), 9.0, 1.0, 10, 40000 * rc, 50000 * rc, 45000 * rc, rc, 1.25 * rc, 1.1 * rc,
            10 * rc, 12 * rc, 11 * rc, 90 * rc, 5.0, verdicts(d, rc, 1.25 * rc, "a50"),
        )
        for d, rc in zip(DIAMETERS, RC)
    )  # fmt: skip
    return PhantomResult(
        pose, PhantomPlan(np.zeros((12, 3)), (0.0,), (-60.0, 110.0)), spheres, "Bq/mL", False, "a50", "A50: text",
        4000.0, 400.0, 10.0, 2.5, 1.02, True, 40000.0, 4000.0, datetime(2026, 4, 2, 10, 30), "149Tb",
    )  # fmt: skip


def table(result: PhantomResult, title: str) -> Table:
    return next(each for each in phantom_tables(result) if each.title == title)


def test_every_sphere_has_a_row_and_its_own_verdicts(result):
    spheres = table(result, "Spheres")
    assert [row[0] for row in spheres.rows] == ["10", "13", "17", "22", "28", "37"]
    assert spheres.rows[0][5] == "0.450" and spheres.header[5] == "RC mean" and "kBq/mL" in spheres.note
    earl = table(result, "EARL, sphere by sphere")
    assert earl.header == ("Sphere mm", "EARL 1 RCmean", "EARL 1 RCmax", "EARL 2 RCmean", "EARL 2 RCmax")
    assert earl.rows[0][1] == "fail (0.45 above 0.27 to 0.43)" and earl.rows[0][3] == "pass (0.45 in 0.39 to 0.61)"
    assert earl.rows[5][1].startswith("pass (0.86")
    rest = dict(table(result, "Background, lung insert and place").rows)
    assert rest["Background, 37 mm discs"] == "4.000 kBq/mL" and rest["CoV of the background"] == "10.00 %"
    assert rest["True spheres"].startswith("40.00 kBq/mL at 2026-04-02 10:30")


def test_a_sphere_without_number_says_why_and_keeps_its_row(result):
    lost = SphereResult(10.0, (0.0, 0.0, 0.0), 1.0, reason="lost in noise")
    some = replace(result, spheres=(lost, *result.spheres[1:]))
    assert table(some, "Spheres").rows[0][1] == "–"
    assert table(some, "EARL, sphere by sphere").rows[0][1:] == ("–",) * 4
    assert table(some, "Spheres without a number").rows == (("10 mm", "lost in noise"),)
    assert recovery_plot(some, 400.0) is not None


def test_relative_figures_are_labelled_and_not_judged(result):
    bare = replace(
        result, relative=True, unit="the file's own numbers", background=None, true_spheres=None,
        true_background=None, reference_time=None, calibration=None, cov_percent=None, label="",
        spheres=tuple(replace(row, rc_mean=None) for row in result.spheres),
    )  # fmt: skip
    spheres = table(bare, "Spheres")
    assert spheres.header[5] == "Ratio mean" and "ratios to the background" in spheres.label
    assert not any(each.title.startswith("EARL") for each in phantom_tables(bare))
    assert calibration_text(bare) == "" and recovery_plot(bare, 400.0) is None
    rest = dict(table(replace(bare, background=7.0), "Background, lung insert and place").rows)
    assert rest["Background, 37 mm discs"] == "7.000" and "True spheres" not in rest


def test_verdicts_and_calibration_in_words(result):
    assert verdict_text(Verdict("EARL 1", "RCmax", None, 0.3, 0.6, None)) == "not comparable (0.30 to 0.60)"
    assert verdict_text(Verdict("EARL 1", "RCmax", 0.1, 0.3, 0.6, False)) == "fail (0.10 below 0.30 to 0.60)"
    assert calibration_text(result) == "1.020 (within 10 %: pass)"
    assert "fail" in calibration_text(replace(result, calibration=1.2, calibration_passed=False))


def test_the_plot_puts_points_where_the_numbers_are(result):
    drawing = recovery_plot(result, 450.0)
    axes = Axes(450.0, 1.2)
    dots = [part for group in drawing.contents for part in group.contents if type(part).__name__ == "Circle"]
    places = {(round(dot.cx, 3), round(dot.cy, 3)) for dot in dots}
    for diameter, rc in zip(DIAMETERS, RC):
        assert (round(axes.x(diameter), 3), round(axes.y(rc), 3)) in places
    paper = recovery_table("tb149-2026")
    for point in paper.points:
        assert (round(axes.x(point.diameter_mm), 3), round(axes.y(point.rc), 3)) in places
    words = [part.text for group in drawing.contents for part in group.contents if hasattr(part, "text")]
    assert {"0.45", "0.86", "EARL 1 band", "EARL 2 band", "this scan, 149Tb"} <= set(words)


def test_raw_and_corrected_share_a_row():
    numbers = Statistics(10, 30000.0, 1.0, 1.0, 1.0, 1.0)
    paper = recovery_table("tb149-2026")
    good, bad = recovered(30000.0, 5.575, paper), recovered(30000.0, 60.0, paper)
    rows = [
        Measurement("in", 1, 5.575, "1", activity=numbers, recovered=good),
        Measurement("out", 1, 60.0, "1", activity=numbers, recovered=bad),
        Measurement("none", 1, 60.0, "1", activity=numbers),
    ]
    (found,) = recovery_tables(rows)
    assert found.rows[0][:2] == ("in", "22.0") and found.rows[0][3] == "30.00"
    assert found.rows[0][4] == f"{good.corrected / 1000:.2f}"
    assert found.rows[1][3] == "30.00" and found.rows[1][4].startswith(
        "refused: an ROI of the volume of a 48.6 mm"
    )
    assert recovered_text(good).startswith("30.00 kBq/mL raw, ") and "95 %" in recovered_text(good)
    assert "not corrected: an ROI" in recovered_text(bad)
    assert recovery_tables(rows[2:]) == []
    lines = list(csv.DictReader(io.StringIO(csv_text(rows))))
    assert float(lines[0]["recovery_raw_mean_bq_ml"]) == 30000
    assert float(lines[0]["recovery_corrected_mean_bq_ml"]) == pytest.approx(good.corrected)
    assert lines[1]["recovery_corrected_mean_bq_ml"] == "" and "outside" in lines[1]["recovery_refusal"]
    assert lines[2]["recovery_raw_mean_bq_ml"] == ""

"""The verification of therapy on paper, in JSON and CSV: a small one made by hand."""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from viewer.core.dose import Alignment, Ratio, RoiDose, TimePoint, Verification
from viewer.core.measurement import Measurement, Statistics, UncertaintyTerm
from viewer.quantify.dose import absorbed_dose, daughters, exclusions
from viewer.quantify.dose_constants import dose_constants
from viewer.quantify.fit_choice import choose_curve
from viewer.quantify.timeactivity_integral import integrate
from viewer.report.dose import verification_document
from viewer.report.dose_csv import write_dose_csv
from viewer.report.dose_plot import dose_plots
from viewer.report.dose_tables import dose_tables
from viewer.report.fonts import Typesetter
from viewer.report.model import Report, Software
from viewer.report.pdf import pdf_bytes

NOON, HALF_LIFE, HOUR = datetime(2026, 5, 4, 12), 14824.8, 3600.0
TB149 = dose_constants("Tb-149")
TIMES = np.array([1.0, 4.0, 9.0]) * HOUR


def point(seconds, mean):
    found = Statistics(100, mean, 10.0, 0.0, 2 * mean, mean)
    measurement = Measurement("lesion", 100, 6.4, "1.2.3", activity=found, total_activity_bq=6.4 * mean)
    return TimePoint(NOON + timedelta(seconds=seconds), seconds, mean, 0.03 * mean, 6.4 * mean, 6.4, measurement)


def make_roi(name="lesion", scale=1.0):
    means = scale * 2e5 * np.exp(-np.log(2) / HALF_LIFE * TIMES)
    points = tuple(point(float(t), float(mean)) for t, mean in zip(TIMES, means, strict=True))
    fit = choose_curve(TIMES, means, 0.03 * means, HALF_LIFE)
    integral = integrate(fit, TIMES[0], TIMES[-1], HALF_LIFE)
    dose = absorbed_dose(integral.total_bq_s_ml, TB149, terms=(UncertaintyTerm("fit", 0.02),))
    total = integral.total_bq_s_ml * 6.4
    ratio = Ratio("liver", "organ", ((HOUR, 4.0, 0.2),), (4.1, 0.1))
    return RoiDose(name, points, fit, integral, total, total / 1e8, dose, daughters(TB149, total), (ratio,))


@pytest.fixture
def verification():
    turn, shift = (-0.01, 2.0, -3.0), (4.0, 5.0, 6.0)
    moved = Alignment("1.2.4", "visit 2", "rigid registration, CT to CT", np.eye(4), turn, shift,
                      correlation=(0.7, 0.98), dice=(0.8, 0.97), overlap=0.9, inverse_error_mm=0.3,
                      restart_mm=0.2, disagreement_mm=0.8)  # fmt: skip
    here = Alignment("1.2.3", "visit 1", "reference", np.eye(4))
    lost = RoiDose("lost", (), warnings=("The ROI 'lost' holds no voxel.",))
    return Verification(
        "149Tb", HALF_LIFE, NOON, 1e8, (make_roi(), lost), (here, moved), exclusions(TB149), ("Method.",),
        constants=TB149.document(), warnings=("Look here.",),
    )  # fmt: skip


def test_tables_give_doses_with_uncertainty_and_units(verification):
    tables = {table.title: table for table in dose_tables(verification) if table.rows}
    dose = verification.rois[0].dose
    row = tables["Absorbed dose by local deposition"]
    assert row.header[3] == "Dose Gy" and "RBE 5" in row.note
    value, doubt = (float(each) for each in row.rows[0][3].split(" ± "))
    assert value == pytest.approx(dose.total_gy, abs=doubt) and doubt == pytest.approx(0.02 * value, rel=0.1)
    assert tables["ROIs without a dose"].rows == (("lost", "The ROI 'lost' holds no voxel."),)
    assert tables["Registration"].rows[1][2] == "turn (0.0, 2.0, −3.0)°, shift (4.0, 5.0, 6.0) mm"
    assert "0.700 → 0.980" in tables["Registration"].rows[1][3]
    assert "way back 0.30 mm, other starts 0.20 mm, halves 0.80 mm" in tables["Registration"].rows[1][3]
    assert tables["Target to background and to organ"].rows[0][2] == "4.00 ± 0.20 at 1.0 h"
    assert tables["Activity really present: lesion"].rows[0][1] == "1.00"
    assert "100.0 MBq at 2026-05-04 12:00:00" in dict(tables["Constants"].rows)["Injected"]


def test_small_doses_are_in_milligray(verification):
    small = replace(verification, rois=(make_roi(scale=1e-3),), injected_bq=None)
    tables = {table.title: table for table in dose_tables(small) if table.rows}
    assert tables["Absorbed dose by local deposition"].header[3] == "Dose mGy"
    assert dict(tables["Constants"].rows)["Injected"] == "2026-05-04 12:00:00"


def test_json_holds_every_number(verification):
    document = json.loads(json.dumps(verification_document(verification), allow_nan=False))
    roi, dose = document["rois"][0], verification.rois[0].dose
    assert roi["dose"]["total_gy"] == dose.total_gy and roi["dose"]["rbe_weighted_gy_rbe"] == dose.weighted_gy
    assert roi["fit"]["considered"][0]["model"] == "physical decay only"
    assert roi["time_integral"]["total_bq_s_ml"] == verification.rois[0].integral.total_bq_s_ml
    assert roi["points"][0]["measurement"]["series_uid"] == "1.2.3"
    assert document["rois"][1]["dose"] is None and document["rois"][1]["fit"] is None
    assert document["registrations"][1]["correlation"] == {"before": 0.7, "after": 0.98}
    assert document["registrations"][1]["restart_mm"] == 0.2
    assert document["registrations"][1]["disagreement_of_halves_mm"] == 0.8
    assert "rotation_deg" not in document["registrations"][0]
    assert document["dose_map"] is None


def test_csv_has_a_row_a_point_and_never_a_formula(verification, tmp_path):
    named = replace(verification, rois=(replace(make_roi(), name="=1+1"), verification.rois[1]))
    write_dose_csv(named, tmp_path / "d.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "d.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == 4 and rows[0]["name"] == "'=1+1" and rows[3]["name"] == "lost"
    assert float(rows[0]["dose_gy"]) == pytest.approx(named.rois[0].dose.total_gy)
    assert rows[3]["dose_gy"] == ""


def test_plots_are_drawn_for_rois_with_a_curve(verification):
    Typesetter()  # registers the fonts, as the report does
    (plot,) = dose_plots(verification, 400.0)
    texts = [part.text for part in plot.contents if hasattr(part, "text")]
    assert "lesion: physical decay only" in texts and "kBq/mL" in texts and "hours after injection" in texts
    bounds = plot.getBounds()
    assert bounds[0] >= -1 and bounds[2] <= 401


def test_the_section_appears_in_the_report_and_warnings_name_their_roi(verification):
    report = Report("Verification of therapy", NOON.isoformat(), Software("Lowfield", "0"), therapy=verification)
    assert report.all_warnings() == ("Look here.", "lost: The ROI 'lost' holds no voxel.")
    with_section, without = pdf_bytes(report), pdf_bytes(replace(report, therapy=None))
    assert with_section.startswith(b"%PDF") and len(with_section) > len(without) + 2000

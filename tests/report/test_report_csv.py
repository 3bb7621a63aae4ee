"""The CSV table, read back by readers that are not ours."""

import csv
import io
import json

import pytest

from viewer.core.measurement import Measurement
from viewer.report.csv import COLUMNS, csv_text, write_csv


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_one_row_an_roi_with_units_in_the_header(measurements, tmp_path):
    write_csv(measurements, tmp_path / "m.csv")
    table = rows(tmp_path / "m.csv")
    assert len(table) == len(measurements)
    assert tuple(table[0]) == COLUMNS
    first = table[0]
    assert float(first["activity_mean_bq_ml"]) == measurements[0].activity.mean
    assert float(first["suv_bw_max_g_ml"]) == measurements[0].suv_bw.maximum
    assert first["value_mean"] == "" and first["label"] == "18F"
    assert table[2]["label"] == "rescaled: acquired as 18F, is 149Tb" and table[2]["suv_bw_mean_g_ml"] == ""
    assert (table[4]["value_unit"], table[4]["activity_mean_bq_ml"]) == ("HU", "")
    assert json.loads(first["provenance_json"])["activity"]["unit"] == "Bq/mL"


def test_the_first_columns_never_move():
    assert COLUMNS[:6] == (
        "name",
        "voxels",
        "volume_ml",
        "activity_min_bq_ml",
        "activity_max_bq_ml",
        "activity_mean_bq_ml",
    )


def test_excel_reads_the_encoding_and_lines_end_as_in_rfc_4180(measurements, tmp_path):
    write_csv([Measurement('Läsion, 山田 "x"\nzwei', 1, 0.1, "1.2")], tmp_path / "m.csv")
    content = (tmp_path / "m.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfname,")
    assert content.endswith(b"\r\n") and b'"L\xc3\xa4sion' in content
    assert rows(tmp_path / "m.csv")[0]["name"] == 'Läsion, 山田 "x"\nzwei'


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_name_runs_as_a_formula(name):
    table = list(csv.DictReader(io.StringIO(csv_text([Measurement(name, 1, -0.5, "1.2")]), newline="")))
    assert table[0]["name"] == "'" + name
    assert table[0]["volume_ml"] == "-0.5"


def test_no_measurement_leaves_the_header():
    assert csv_text([]) == ",".join(COLUMNS) + "\r\n"

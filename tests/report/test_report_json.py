"""The JSON document: keys scripts rely on, never a NaN."""

import dataclasses
import json
import math

import numpy as np
import pytest

from viewer.core.measurement import Measurement, Statistics
from viewer.report.json import measurement_document, plain, report_document, write_json


def test_keys_and_numbers_are_those_of_the_contract(measurements):
    document = measurement_document(measurements[0])
    assert list(document) == [
        "name", "series_uid", "voxels", "volume_ml", "activity_bq_ml", "total_activity_bq", "suv_bw", "values",
        "tlg_g", "other_suv", "uncertainty", "histogram", "recovered", "unit", "modality", "roi_id", "weighting",
        "definition", "provenance", "warnings",
    ]  # fmt: skip
    assert list(document["activity_bq_ml"])[:6] == ["min", "max", "mean", "sd", "median", "peak"]
    assert {"p10", "p90", "skewness", "energy", "cov", "peak_1ml"} < set(document["activity_bq_ml"])
    block = (np.arange(512).reshape(8, 8, 8) + 1000.25)[1:5, 1:5, 1:5]
    assert document["activity_bq_ml"]["mean"] == pytest.approx(block.mean())
    assert document["activity_bq_ml"]["max"] == block.max()
    assert document["total_activity_bq"] == pytest.approx(block.sum() * 0.064)
    assert (document["voxels"], document["volume_ml"]) == (64, pytest.approx(64 * 0.064))
    assert document["values"] is None and document["suv_bw"]["mean"] > 0


def test_an_roi_without_voxels_has_nulls_and_says_why(measurements):
    document = measurement_document(measurements[3])
    assert document["activity_bq_ml"] is None and document["total_activity_bq"] is None
    assert any("no voxel" in text for text in document["warnings"])


def test_a_number_that_is_not_finite_becomes_null_with_a_warning():
    bad = Statistics(3, math.nan, 1.0, -math.inf, 2.0, 1.0)
    document = measurement_document(Measurement("x", 3, 0.1, "1", "HU", bad, total_activity_bq=math.nan))
    assert document["values"]["mean"] is None and document["values"]["min"] is None
    assert document["values"]["max"] == 2.0 and document["total_activity_bq"] is None
    assert set(document["warnings"]) == {
        f"{name} is not a finite number and is left out."
        for name in ("total_activity_bq", "values.min", "values.mean", "values.range", "values.cov")
    }
    json.dumps(document, allow_nan=False)


def test_plain_knows_numpy_times_and_containers_and_refuses_the_rest():
    value = {"a": np.float32(np.nan), "b": np.arange(2), "c": (np.int64(3), True), 4: np.datetime64("2026-05-04")}
    assert plain(value) == {"a": None, "b": [0, 1], "c": [3, True], "4": "2026-05-04"}
    with pytest.raises(TypeError, match="object"):
        plain(object())


def test_the_report_is_written_as_one_document_without_local_paths(report, tmp_path):
    write_json(report, tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert document == json.loads(json.dumps(report_document(report)))
    assert document["patient"]["name"] == "Müller, Žofie (山田 太郎)"
    assert document["software"] == {"name": "Lowfield", "version": "0.1.0"}
    assert [roi["name"] for roi in document["rois"]] == ["lesion", "=1+1", "lesion", "outside", "liver"]
    assert document["denoising"][0]["model_sha256"].startswith("9f86d08")
    assert "files" not in document["study"]["series"][0]
    assert "not for primary diagnosis" in document["disclaimer"]


def test_warnings_of_all_parts_are_said_once_and_name_whom_they_concern(report):
    warnings = report_document(report)["warnings"]
    assert warnings[:2] == ["PET and CT 14 min apart.", "Sigma comes from a zero-filled image."]
    assert any(text.startswith("PET F18 setting: rescaled:") for text in warnings)
    assert any(text.startswith("outside: The ROI holds no voxel") for text in warnings)
    assert len(warnings) == len(set(warnings))
    alone = dataclasses.replace(report, measurements=report.measurements[3:4], denoising=(), warnings=())
    assert any(text.startswith("The ROI holds no voxel") for text in alone.all_warnings())

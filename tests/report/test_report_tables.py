"""What the tables say, before they are drawn."""

import dataclasses

import numpy as np
import pytest

from viewer.core.denoised import DenoiseResult, ModelIdentity, NoiseEstimate, ResidualReport, Resolution, TrustMaps
from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement
from viewer.core.picture import error_picture
from viewer.core.volume import Volume
from viewer.denoise.trust_words import trust_rows
from viewer.formats.assumed import NO_SPACING, plain_grid
from viewer.report.keyimages import denoised_pictures
from viewer.report.model import DenoiseSummary
from viewer.report.provenance import provenance_tables
from viewer.report.tables import denoising_table, measurement_tables


def by_title(tables, title):
    return [table for table in tables if table.title == title and table.rows]


def test_every_roi_is_in_a_table_in_clinical_units(measurements):
    tables = measurement_tables(measurements)
    pet, twin = by_title(tables, "Activity concentration, kBq/mL")
    assert pet.header == ("ROI", "Voxels", "Volume mL", "Mean", "SD", "Min", "Max", "Median", "Peak", "Total kBq")
    assert pet.rows[0][:4] == ("lesion", "64", "4.096", "1.183")
    assert "PET Tb" in pet.note and "18F" in pet.note and "2026-05-04 12:00:00" in pet.note
    assert by_title(tables, "SUV by body weight, g/mL")[0].rows[0][0] == "lesion"
    assert by_title(tables, "Values, HU")[0].rows[0][0] == "liver"
    assert by_title(tables, "ROIs without a number")[0].rows == (
        ("outside", "The ROI holds no voxel centre of this image."),
    )
    assert twin.label == "rescaled: acquired as 18F, is 149Tb" and not pet.label
    assert "SIMULATED" in pet.note


def test_all_statistics_of_a_table_share_decimals(measurements):
    (table,) = by_title(measurement_tables(measurements[:2]), "SUV by body weight, g/mL")
    assert {len(cell.split(".")[1]) for row in table.rows for cell in row[3:] if "." in cell} <= {4, 5, 6}
    assert len({len(row[3].split(".")[1]) for row in table.rows}) == 1


def test_provenance_names_factors_nuclides_frames_tags_and_what_is_left_out(measurements):
    tables = provenance_tables(measurements[2:4])
    (nuclide,) = by_title(tables, "Nuclide")
    assert nuclide.header == ("", "Told to the scanner", "True nuclide")
    assert ("Half-life", "6586.2 s (1.829 h)", "14824.8 s (4.118 h)") in nuclide.rows
    assert ("Half-life from", "(0018,1075)", "Lowfield's nuclide table") in nuclide.rows
    assert ("Positron fraction", "0.9673 ± 0.0004", "0.0715 ± 0.003") in nuclide.rows
    (factors,) = by_title(tables, "Factors of the activity concentration")
    assert ("branching", "f(18F) / f(149Tb)", "13.5287") in factors.rows
    (activity,) = by_title(tables, "Activity concentration")
    rows = dict(activity.rows)
    assert rows["Reference"] == "2026-05-04 12:00:00 (start of the scan)"
    assert rows["Uncertainty"].startswith("4.2 % relative (k = 1): positron fraction of 149Tb 4.2 %")
    assert "prompt gammas" in rows["Not included in it"]
    (tags,) = by_title(tables, "Read from the file")
    assert ("Injected dose", "45 MBq", "") in tags.rows and ("Half life", "6586.2 s", "(0018,1075)") in tags.rows
    assert by_title(tables, "Frames")[0].rows == (("2026-05-04 12:00:00", "20 min", "8"),)


def test_rois_that_share_their_provenance_are_explained_once(measurements):
    assert len(by_title(provenance_tables(measurements), "Nuclide")) == 2
    assert len(provenance_tables(measurements[:1])) == len(provenance_tables(measurements[:2]))


def test_why_rois_have_no_uncertainty_is_told_once_and_not_with_all_pages_again(measurements):
    first, second = measurements[:2]
    without = dataclasses.replace(
        second, name="tiny", provenance={**second.provenance, "uncertainty": "The ROI is too small."}
    )
    tables = provenance_tables((first, without))
    assert len(tables) == len(provenance_tables((first,)))
    assert dict(tables[0].rows)["Uncertainty"] == "tiny: The ROI is too small."
    assert dict(provenance_tables((without,))[0].rows)["Uncertainty"] == "The ROI is too small."


def test_provenance_that_quantify_does_not_write_today_is_shown_all_the_same(measurements):
    provenance = {"activity": {"calibration_bq_ml": 12.5, "checked": {"by": "A"}}, "camera": "X", "region": {}}
    (measured, activity, *_) = provenance_tables([Measurement("a", 1, 1.0, "1.9", provenance=provenance)])
    assert ("Camera", "X") in measured.rows and measured.title == "Measured on 1.9"
    assert dict(activity.rows) == {"Calibration": "12.5 Bq/mL", "Checked": "By: A"}


def test_denoising_gives_the_verdict_first_then_the_window_s_own_rows(summary):
    table = denoising_table(summary)
    rows = dict(table.rows)
    assert table.rows[0] == ("Verdict", "Looks like noise.")
    assert {(row.name, row.value) for row in trust_rows(summary.residual, summary.noise)} <= set(table.rows)
    assert rows["Model SHA-256"] == summary.model.sha256
    assert rows["Sigma"] == "12.34, measured in the background, confidence 87%"
    assert rows["Sigma's method"] == "Rayleigh fit to air"
    assert rows["Zero filling"] == "2 (rows) × 1.33 (columns)"
    native = dataclasses.replace(summary, noise=dataclasses.replace(summary.noise, factor=(1.0, 1.0)))
    assert "Zero filling" not in dict(denoising_table(native).rows)


@pytest.mark.parametrize(("warnings", "resolution"), [((), "2.1 → 1.6 mm"), ((NO_SPACING,), "2.1 → 1.6 voxels")])
def test_no_millimetres_are_told_where_the_file_states_no_voxel_size(warnings, resolution):
    volume = Volume(np.ones((3, 16, 16), np.float32), plain_grid((3, 16, 16)), warnings=warnings)
    report = ResidualReport(0, 1, 0, (0, 0), 9, "Looks like noise.", resolution=Resolution(2.1, 1.6))
    result = DenoiseResult(
        volume, volume, volume.data, NoiseEstimate(1, "given", "", 1), ModelIdentity("m", "1", ""), 1, 1, report
    )
    assert dict(denoising_table(DenoiseSummary.of(result)).rows)["Resolution"] == resolution


def test_key_images_hold_both_maps_where_the_run_was_judged():
    grid = Geometry.from_axes((3, 16, 16), (4, 2, 2), np.eye(3)[::-1], (0, 0, 0), "1.2")
    data = np.full(grid.shape, 100.0, np.float32)
    source = Volume(data, grid)
    noise, model = NoiseEstimate(1.0, "given", "", 1.0), ModelIdentity("m", "1", "ab" * 32)
    report = ResidualReport(0, 1, 0, (0, 0), 10, "Fine.")
    maps = TrustMaps(np.full(grid.shape, 0.25, np.float32), np.full(grid.shape, 0.5, np.float32))
    result = DenoiseResult(source, source, data * 0, noise, model, 1.0, 0.1, report, (), maps)
    pictures = denoised_pictures(result, rows=1)
    assert [each.caption.split(",")[0] for each in pictures] == [
        "Raw", "Denoised", "Residual", "Leaked detail", "Remaining error",
    ]  # fmt: skip
    assert (pictures[4].rgb == error_picture(maps.error_sigma[1])[0, 0]).all()
    assert len(denoised_pictures(dataclasses.replace(result, maps=None), rows=1)) == 3

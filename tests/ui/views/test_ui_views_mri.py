from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.views.conftest import info
from viewer.core.denoised import Finding, Resolution, TrustMaps
from viewer.core.picture import error_picture, grey
from viewer.core.reslice import native_plane, sample_plane
from viewer.formats.assumed import NO_SPACING
from viewer.ui.denoise_facts import changed_since, detail_rows
from viewer.ui.mri_panel import MriPanel
from viewer.ui.mri_pictures import AIR, overlay
from viewer.ui.view_grid import equal_cells
from viewer.ui.words import series_size


def test_the_picture_is_the_native_slice_in_the_window(mri, mr):
    mri.session.set_window("mri", (20000, 40000))
    mri.session.set_cursor(tuple(mr.geometry.to_lps((4, 3, 3))))
    mri.refresh()
    values, _ = sample_plane(mr, native_plane(mr.geometry, 4))
    np.testing.assert_array_equal(values, mr.data[4])
    np.testing.assert_array_equal(mri.views["raw"].picture, grey(mr.data[4], (20000, 40000)))


def test_before_denoising_the_right_pane_invites(mri, bench, denoised):
    assert mri.invite.isVisible() and mri.views["denoised"].picture is None
    mri.invite.start.click()
    bench.settle()
    assert bench.session.denoised is not None
    assert not mri.invite.isVisible() and mri.views["denoised"].picture is not None
    badges = dict(mri.views["denoised"].overlay.badges)
    assert "DENOISED" in badges and badges["SIMULATED"] == "warning"
    assert any("σ 2.00 (background)" in line for line in mri.views["denoised"].overlay.bottom_left)
    assert any("abababab" in line for line in mri.views["denoised"].overlay.bottom_left)


def test_the_value_under_the_mouse_is_the_voxels_own_in_both(mri, bench, mr, denoised):
    bench.session.set_denoised("mr", denoised)
    bench.actions["mri.residual"].trigger()
    said = []
    bench.session.readout_changed.connect(said.append)
    mri.views["raw"].hovered.emit(mr.geometry.to_lps((4, 12.3, 5.4)))
    assert mri.views["raw"].overlay.readout == "41205"
    assert mri.views["denoised"].overlay.readout == "41206"
    assert mri.views["residual"].overlay.readout == "-0.5000 σ"
    assert "Original 41205" in said[-1] and "Denoised 41206" in said[-1] and "mm" in said[-1]
    mri.views["raw"].hovered.emit(None)
    assert mri.views["raw"].overlay.readout == "" and said[-1] == ""


def test_keys_move_through_the_slices(mri, bench):
    mri.views["raw"].setFocus()
    start = mri.slice_of()
    for action, expected in (("next", start + 1), ("first", 0), ("previous", 0), ("last", 5), ("back_ten", 0)):
        bench.actions[f"image.{action}"].trigger()
        assert mri.slice_of() == expected
    QTest.keyClick(mri.views["raw"], Qt.Key.Key_Down)
    assert mri.slice_of() == 1
    bench.settle()
    assert mri.views["raw"].overlay.bottom_left[0].startswith("Slice 2 / 6")


def test_views_are_linked_until_they_are_not(mri, bench, denoised):
    bench.session.set_denoised("mr", denoised)
    raw, other = mri.views["raw"], mri.views["denoised"]
    look = raw.camera.zoomed(2, 10, 10)
    raw.looked.emit(look)
    assert other.look == raw.look == look
    bench.actions["mri.link"].trigger()
    before = mri.slice_of("raw")
    other.scrolled.emit(-1)
    assert mri.slice_of("denoised") == before - 1 and mri.slice_of("raw") == before
    bench.actions["mri.link"].trigger()
    assert mri.slice_of("denoised") == before


def test_a_drag_windows_original_and_denoised_alike(mri, bench, denoised):
    bench.session.set_denoised("mr", denoised)
    bench.settle()
    before = mri.window_levels
    bench.drag(mri.views["denoised"], (50, 50), (80, 50))
    assert mri.window_levels[1] > before[1] and mri.window_levels[0] == before[0]
    bench.actions["image.reset"].trigger()
    assert bench.session.window("mri") is None and mri.window_levels == before


def test_flip_invert_and_hidden_patient(mri, bench):
    picture = mri.views["raw"].picture.copy()
    bench.actions["view.patient"].setChecked(True)
    bench.settle()
    assert mri.views["raw"].overlay.top_left[0] == "Curie, Marie"
    bench.actions["image.flip"].trigger()
    bench.actions["image.invert"].trigger()
    bench.actions["view.patient"].setChecked(False)
    bench.settle()
    np.testing.assert_array_equal(mri.views["raw"].picture, 255 - picture[:, ::-1])
    assert mri.views["raw"].letters["left"] == "L"
    assert "Curie" not in str(mri.views["raw"].overlay)


def test_a_double_click_maximises_and_goes_back(mri):
    raw, other = mri.views["raw"], mri.views["denoised"]
    raw.maximised.emit()
    assert other.isHidden() and raw.width() == mri.image_area.width()
    raw.maximised.emit()
    assert other.isVisible() and raw.width() < mri.image_area.width()


def test_a_preview_is_shown_while_the_rest_loads(mri, bench, mr):
    bench.session._volumes.clear()
    bench.session.assign("mri", "")
    bench.session.assign("mri", "mr")
    bench.session.preview_arrived.emit("mr", 2, mr.data[2])
    view = mri.views["raw"]
    assert view.picture.shape == (20, 16, 3) and view.letters == {}
    assert "Loading" in view.overlay.badges[0][0]


@pytest.fixture
def panel(mri) -> MriPanel:
    return mri.side_panel


def test_the_panel_changes_the_session_and_follows_it(panel, bench):
    panel.strength.setValue(40)
    panel.given.setChecked(True)
    panel.sigma.setValue(7.5)
    assert bench.session.state.denoise.strength == pytest.approx(0.4)
    assert bench.session.state.denoise.sigma == pytest.approx(7.5)
    bench.session.choose("denoise", sigma=None, strength=1.0)
    assert not panel.given.isChecked() and panel.strength.value() == 100 and not panel.sigma.isEnabled()


@pytest.fixture
def judged(denoised):
    """A result with everything a second run gives."""
    shape = denoised.residual_sigma.shape
    report = replace(
        denoised.residual, grade="caution", verdict="Compare with the original: fine detail was weakened.",
        expected_sd=0.8, weakness=0.08, structure_correlation=0.12, error_sigma=0.41, error_percent=4.1,
        admitted_error_sigma=0.35, resolution=Resolution(2.14, 1.6), peak_snr=18.0, trained_snr=(2.0, 80.0),
        sigma_ratio=1.02, spot_z=3.1, spot_index=(4, 8, 9), kurtosis=0.02,
        findings=(Finding("clipped", "20 voxels share the highest value."),), reasons=("one", "more was removed"),
    )  # fmt: skip
    maps = TrustMaps(np.full(shape, 0.25, np.float32), np.full(shape, 0.5, np.float32))
    return replace(denoised, residual=report, maps=maps, warnings=("20 voxels share the highest value.",))


def test_the_panel_says_in_one_sentence_how_far_to_trust_the_result(panel, bench, judged):
    bench.session.set_denoised("mr", judged)
    trust = panel.trust
    assert trust.verdict.sentence.text() == judged.residual.verdict
    assert trust.verdict.property("message") == "warning"
    assert trust.warnings.text() == "Also: more was removed.\n\n20 voxels share the highest value."
    assert dict(trust.first.rows) == {
        "Taken away": "1.00 σ (expected 0.80)",
        "Leaked detail": "8% too weak (correlation +0.12)",
        "Error left": "0.41 σ, 4.1 % of tissue; the network's own account: 0.35 σ",
        "Resolution": "2.1 → 1.6 mm",
        "Peak SNR": "18.0 (trained on 2 to 80)",
        "Sigma": "2, measured in the background, confidence 90%; in flat tissue 1.02 times that",
    }
    assert dict(trust.details.rows)["Largest spot"] == "3.1 times the noise, at slice 5, row 9, column 10"
    assert dict(trust.details.rows)["SHA-256"] == "ab" * 8
    bench.session.choose("denoise", strength=0.5)
    assert "other settings" in panel.stale.text()


def test_without_a_stated_voxel_size_resolution_is_told_in_voxels(panel, bench, judged):
    source = replace(judged.source, warnings=(NO_SPACING,))
    bench.session.set_denoised("mr", replace(judged, source=source))
    rows = {**dict(panel.trust.first.rows), **dict(panel.trust.details.rows)}
    assert rows["Resolution"] == "2.1 → 1.6 voxels"
    assert not any("mm" in value for value in rows.values())


def test_the_largest_spot_can_be_gone_to_where_it_stands_out(panel, bench, judged):
    found = replace(judged.residual, spot_chance_z=2.8)
    bench.session.set_denoised("mr", replace(judged, residual=found))
    assert not panel.trust.go.isHidden()
    panel.trust.go.click()
    index = judged.volume.geometry.to_index(bench.session.cursor_lps_mm)
    np.testing.assert_allclose(index, found.spot_index, atol=1e-6)
    bench.session.set_denoised("mr", replace(judged, residual=replace(found, spot_chance_z=3.5)))
    assert panel.trust.go.isHidden(), "a spot that noise explains is nowhere to look"


def test_details_are_folded_away_until_asked_for(panel, bench, judged):
    bench.session.set_denoised("mr", judged)
    assert panel.trust.folded and panel.trust.plot is None
    panel.trust.fold.click()
    assert not panel.trust.folded and panel.trust.fold.text() == "Hide details"
    assert panel.trust.plot is not None and panel.trust.isAncestorOf(panel.trust.plot)
    panel.trust.fold.click()
    assert panel.trust.folded


def test_maps_of_leak_and_error_can_be_laid_beside_the_images(mri, bench, mr, judged):
    bench.session.set_denoised("mr", judged)
    bench.actions["mri.error"].trigger()
    bench.actions["mri.leak"].trigger()
    assert bench.session.state.compare.show == ("raw", "denoised", "leak", "error")
    bench.settle()
    mri.views["raw"].hovered.emit(mr.geometry.to_lps((4, 12.3, 5.4)))
    assert mri.views["leak"].overlay.readout == "0.2500"
    assert mri.views["error"].overlay.readout == "0.5000 σ"
    np.testing.assert_array_equal(mri.views["error"].picture, error_picture(judged.maps.error_sigma[3]))
    assert "LEAKED DETAIL" in dict(mri.views["leak"].overlay.badges)
    bench.actions["mri.leak"].trigger()
    assert bench.session.state.compare.show == ("raw", "denoised", "error")


def test_a_run_that_was_not_judged_leaves_the_maps_empty(mri, bench, denoised):
    bench.session.set_denoised("mr", denoised)
    bench.actions["mri.leak"].trigger()
    bench.settle()
    assert mri.views["leak"].picture is None
    assert mri.views["leak"].overlay.top_left == ("This run did not make it",)


def test_why_air_is_orange_is_told_where_it_is(denoised, mr):
    def said(result):
        plane = native_plane(mr.geometry, 3)
        return overlay("residual", mr, result, plane, 3, (0, 1), 1.0, patient=True).bottom_left[1:]

    assert said(denoised) == ("(original − denoised) / σ", AIR)
    assert said(replace(denoised, source=mr.with_data(mr.data * (1 + 1j)))) == said(denoised)
    signed = replace(denoised, source=mr.with_data(mr.data - 100))  # its noise has a mean of zero
    assert said(signed) == ("(original − denoised) / σ",)


def test_a_zero_filled_grid_is_told(denoised):
    noise = replace(denoised.noise, factor=(2.0, 1.5))
    assert dict(detail_rows(replace(denoised, noise=noise)))["Grid"].startswith("2.00 × 1.50")


def test_settings_of_the_result_are_compared(denoised, bench):
    choice = bench.session.state.denoise
    assert changed_since(choice, None, None) == ""
    assert changed_since(choice, denoised, "lowfield-base") == ""
    assert changed_since(choice, denoised, "another") != ""


def test_four_views_make_two_full_rows():
    assert len(set(equal_cells(4, 690, 690))) == 4
    assert {cell[:2] for cell in equal_cells(4, 690, 690)} == {(0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5)}


def test_where_the_file_states_no_voxel_size_no_length_is_told(mri, bench, mr):
    unknown = replace(mr, origin=replace(mr.origin, orientation_known=False), warnings=(NO_SPACING,))
    bench.open(mri=unknown)
    bench.settle()
    view = mri.views["raw"]
    assert not view.to_scale and " mm" not in "".join(view.overlay.bottom_left)
    said = []
    bench.session.readout_changed.connect(said.append)
    view.hovered.emit(unknown.geometry.center_lps_mm)
    assert said and said[-1] and "mm" not in said[-1]
    assert series_size(replace(info(unknown), warnings=(NO_SPACING,))) == "6 slices · voxel size unknown"

"""The simulated head: fractions, folds, contrast, seeds."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.head import head_phantom
from viewer.simulate.tissue import FLAIR, T1W, T2W, Sequence, TissueProperties, signal, tissue_table


@pytest.fixture(scope="module")
def head():
    return head_phantom(seed=6, lesions=8)


def test_every_voxel_is_shared_out_completely(head):
    assert head.fractions.shape == (len(Tissue), 40, 136, 112)
    assert head.fractions.dtype == np.float32
    assert head.fractions.min() >= 0
    np.testing.assert_allclose(head.fractions.sum(axis=0), 1, atol=1e-6)


def test_every_tissue_of_the_table_occurs_and_partial_volume_is_real(head):
    assert head.names == tuple(t.name.lower().replace("_", " ") for t in Tissue)
    assert (head.fractions.sum(axis=(1, 2, 3)) > 0).all()
    brain = head.fractions[Tissue.GREY]
    assert 0.2 < np.mean((brain[brain > 0] > 0.05) & (brain[brain > 0] < 0.95)) < 0.95


def test_brain_and_ventricles_have_human_volumes(head):
    volume = head.fractions.sum(axis=(1, 2, 3)) * head.geometry.voxel_volume_ml
    brain = volume[[Tissue.GREY, Tissue.WHITE, Tissue.DEEP_GREY, Tissue.BRAINSTEM]].sum()
    assert 1000 < brain < 1600
    assert 0.6 < volume[Tissue.GREY] / volume[Tissue.WHITE] < 1.8
    assert 80 < volume[Tissue.CSF] < 450
    assert 10 < volume[Tissue.VITREOUS] < 16  # two globes of about 6-7 mL


def test_the_head_faces_forward_in_lps(head):
    directions = head.geometry.directions
    np.testing.assert_allclose(directions, [[0, 0, 1], [0, 1, 0], [1, 0, 0]], atol=1e-9)
    eyes = head.geometry.to_lps(np.argwhere(head.labels == Tissue.VITREOUS))
    cerebellum = head.geometry.to_lps(np.argwhere(head.labels == Tissue.BRAINSTEM))
    assert eyes[:, 1].mean() < cerebellum[:, 1].mean() - 50  # nose at -y
    assert eyes[:, 0].min() < -20 and eyes[:, 0].max() > 20
    marrow = head.geometry.to_lps(np.argwhere(head.labels == Tissue.MUSCLE))
    white = head.geometry.to_lps(np.argwhere(head.labels == Tissue.WHITE))
    assert white[:, 2].mean() > marrow[:, 2].mean() + 30  # neck below


def test_the_ribbon_is_as_thick_as_a_cortex():
    slab = head_phantom(seed=1, shape=(24, 200, 170), spacing_mm=(1, 1, 1), center_lps_mm=(0, 12, 40))
    to = {t: ndimage.distance_transform_edt(slab.labels != t) for t in (Tissue.CSF, Tissue.WHITE)}
    grey = (slab.labels == Tissue.GREY) & (to[Tissue.WHITE] < 8)
    thickness = (to[Tissue.CSF] + to[Tissue.WHITE] - 1)[grey]
    assert 2.3 <= np.median(thickness) <= 3.5


def test_contrast_orders_tissues_as_each_sequence_should(head):
    def mean(sequence, tissue):
        return float(np.abs(head.contrast(sequence))[head.fractions[tissue] > 0.99].mean())

    assert mean(T1W, Tissue.WHITE) > 1.15 * mean(T1W, Tissue.GREY) > 2 * mean(T1W, Tissue.CSF)
    assert mean(T1W, Tissue.FAT) > mean(T1W, Tissue.WHITE)
    assert mean(T2W, Tissue.CSF) > 1.5 * mean(T2W, Tissue.GREY) > 1.5 * mean(T2W, Tissue.WHITE)
    assert mean(FLAIR, Tissue.GREY) > 1.2 * mean(FLAIR, Tissue.WHITE)
    assert mean(FLAIR, Tissue.CSF) < 0.15 * mean(FLAIR, Tissue.GREY)
    assert mean(T2W, Tissue.BONE) < 0.01


def test_lesions_lie_in_white_matter_and_shine_on_flair():
    part = {"shape": (8, 136, 112), "center_lps_mm": (0.0, 5.0, 22.0)}
    sick, healthy = head_phantom(6, lesions=8, **part), head_phantom(6, **part)
    assert len(sick.lesions) == 8 and not healthy.lesions
    lesion = sick.fractions[Tissue.LESION]
    assert lesion.max() > 0.4
    lost = (healthy.fractions - sick.fractions)[Tissue.WHITE]
    np.testing.assert_allclose(lost, lesion, atol=1e-6)
    np.testing.assert_array_equal(healthy.fractions[:, lesion == 0], sick.fractions[:, lesion == 0])
    gain = sick.contrast(FLAIR)[lesion > 0.3] / healthy.contrast(FLAIR)[lesion > 0.3]
    assert gain.min() > 1.2


def test_the_image_is_complex_shaded_and_says_it_is_simulated(head):
    image = head.image(T2W)
    assert image.dtype == np.complex64 and image.shape == (40, 136, 112)
    tissue = np.abs(image) > 0.05
    assert np.angle(image[tissue]).std() > 0.05
    ratio = np.abs(image[tissue]) / np.abs(head.contrast(T2W)[tissue])
    assert 0.05 < ratio.std() / ratio.mean() < 1
    volume = head.volume(T2W, "T2 (AXI)")
    assert volume.origin.simulated and volume.origin.patient_name == "Simulated^Head"
    assert volume.is_complex


def test_a_seed_is_a_person():
    small = {"shape": (2, 68, 56), "spacing_mm": (3.0, 3.2, 3.2), "center_lps_mm": (0.0, 5.0, 25.0)}
    one, again, other = head_phantom(3, **small), head_phantom(3, **small), head_phantom(5, **small)
    np.testing.assert_array_equal(one.fractions, again.fractions)
    np.testing.assert_array_equal(one.image(T1W), again.image(T1W))
    assert np.mean(one.labels != other.labels) > 0.03
    assert one.geometry.frame_of_reference_uid == again.geometry.frame_of_reference_uid
    assert one.geometry.frame_of_reference_uid != other.geometry.frame_of_reference_uid


def test_signal_equations():
    water = TissueProperties("", 1000, 100, 0.8, 0, "")
    assert signal(water, Sequence("se", 100, 1000)) == pytest.approx(0.8 * (1 - np.exp(-1)) * np.exp(-1))
    null = Sequence("ir", 0, 1e5, 1000 * np.log(2))
    assert signal(water, null) == pytest.approx(0, abs=1e-9)
    assert signal(water, Sequence("ir", 0, 1e5, 1)) < -0.79
    with pytest.raises(LowfieldError, match="not a sequence"):
        Sequence("ir", te_ms=10, tr_ms=5)


def test_the_table_is_complete_and_sourced():
    table = tissue_table()
    assert len(table) == len(Tissue)
    assert all(t.source and t.t1_ms > 0 and t.t2_ms > 0 and 0 <= t.pd <= 1 for t in table)
    assert all(t.t2_ms <= t.t1_ms for t in table)

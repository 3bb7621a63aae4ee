"""The small nouns: volumes cannot be written to, errors speak in sentences, folders are found."""

from pathlib import Path

import numpy as np
import pytest

from viewer.core import paths
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.progress import part
from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex, StudyInfo
from viewer.core.volume import Volume

GRID = Geometry((2, 3, 4), np.eye(4))


def test_a_volume_cannot_be_written_to():
    volume = Volume(np.ones(GRID.shape, np.float32), GRID)
    with pytest.raises(ValueError, match="read-only"):
        volume.data[0, 0, 0] = 5


def test_a_volume_and_its_grid_must_agree():
    with pytest.raises(LowfieldError, match="geometry says"):
        Volume(np.ones((2, 2, 2), np.float32), GRID)


def test_magnitude_of_complex_and_of_signed_voxels():
    assert Volume(np.full(GRID.shape, 3 + 4j, np.complex64), GRID).magnitude()[0, 0, 0] == 5
    assert Volume(np.full(GRID.shape, -3, np.float32), GRID).magnitude()[0, 0, 0] == -3


def test_an_error_names_place_problem_and_advice():
    assert (
        str(LowfieldError("is empty.", where="a.dcm", hint="Copy it again.")) == "a.dcm: is empty. Copy it again."
    )


def test_part_maps_progress_onto_the_whole():
    seen = []
    part(lambda fraction, text: seen.append((fraction, text)), 0.5, 1.0)(0.5, "half")
    assert seen == [(0.75, "half")]


def test_series_are_found_by_key_and_by_uid():
    stacks = [SeriesInfo("1.2", "MR", "", "1", 1, (1, 1, 1), (1, 1, 1), "", (Path("a"),), part=n) for n in (1, 2)]
    index = StudyIndex((), (PatientInfo("", "", "", "", (StudyInfo("1", "", "", tuple(stacks)),)),))
    assert index.find("1.2#2") is stacks[1]
    assert index.find("1.2") is stacks[0]
    assert index.find("9") is None


def test_shipped_folders_exist_and_the_users_folder_is_private(private_home):
    assert paths.resources().is_dir()
    assert paths.user_data() == private_home


def test_a_frozen_app_finds_its_folders(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert paths.models() == tmp_path / "models"

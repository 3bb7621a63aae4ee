import json

import pytest

from viewer.core.errors import LowfieldError
from viewer.core.paths import models
from viewer.denoise.card import list_models, load_card, verify


def test_a_card_is_read(write_card):
    write_card()
    card = load_card("tiny")
    assert (card.name, card.context, card.multiple, card.tile_size, card.snr_range) == ("tiny", 2, 4, 64, (2, 80))
    assert [found.name for found in list_models()] == ["tiny"]
    verify(card)


def test_a_changed_model_file_is_noticed(write_card):
    folder = write_card()
    (folder / "model.onnx").write_bytes(b"something else")
    with pytest.raises(LowfieldError, match="SHA-256 differs"):
        verify(load_card("tiny"))


def test_a_missing_model_file_is_named(write_card):
    (write_card() / "model.onnx").unlink()
    with pytest.raises(LowfieldError, match="cannot be read"):
        verify(load_card("tiny"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format"),
        ({"scaling": "zscore"}, "scaling"),
        ({"name": "other"}, "folder"),
        ({"file": "../model.onnx"}, "outside"),
        ({"sha256": "abc"}, "SHA-256"),
        ({"kinds": ["colour"]}, "kinds"),
        ({"tile": {"size": 16, "overlap": 16}}, "tiles"),
        ({"input": {"name": "noisy", "channels": 7, "context": 2, "multiple": 4}}, "channels"),
        ({"output": {}}, "KeyError"),
        ({"value_range": "wide"}, "malformed"),
    ],
)
def test_a_card_that_would_be_misread_is_refused(write_card, change, message):
    write_card(**change)
    with pytest.raises(LowfieldError, match=message):
        load_card("tiny")


def test_a_damaged_card_is_refused(write_card):
    (write_card() / "card.json").write_text("{")
    with pytest.raises(LowfieldError, match="cannot be read"):
        load_card("tiny")


@pytest.mark.parametrize("name", ["absent", "../tiny", "/etc"])
def test_an_unknown_model_names_the_known_ones(write_card, name):
    write_card()
    with pytest.raises(LowfieldError, match="Available: tiny"):
        load_card(name)


def test_the_shipped_models_are_whole():
    cards = list_models()
    assert cards, f"no model in {models()}"
    for card in cards:
        verify(card)
        assert card.limits and card.training["data"], "a card without limits or provenance is not a card"
        assert all(entry["licence"] for entry in card.training["data"])
        assert sum(path.stat().st_size for path in card.folder.iterdir()) < 20e6
        json.dumps(card.training)

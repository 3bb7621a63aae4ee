import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from viewer.core.geometry import Geometry
from viewer.core.volume import Volume

CARD = {
    "format": 1,
    "name": "tiny",
    "version": "1",
    "description": "a card for tests",
    "file": "model.onnx",
    "sha256": "",
    "input": {"name": "noisy", "channels": 11, "context": 2, "multiple": 4},
    "output": {"name": "clean"},
    "units": "image / sigma",
    "scaling": "snr",
    "value_range": [-150, 150],
    "snr_range": [2, 80],
    "kinds": ["complex", "magnitude"],
    "tile": {"size": 64, "overlap": 16},
    "intended_use": "tests",
    "limits": ["none"],
    "training": {"data": []},
}


@pytest.fixture
def write_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that writes models/<name>/card.json with changes, and its model file."""
    monkeypatch.setenv("LOWFIELD_MODELS", str(tmp_path))

    def write(content: bytes = b"not a network", **changes) -> Path:
        document = json.loads(json.dumps(CARD)) | {"sha256": hashlib.sha256(content).hexdigest()} | changes
        folder = tmp_path / "tiny"
        folder.mkdir(exist_ok=True)
        (folder / "model.onnx").write_bytes(content)
        (folder / "card.json").write_text(json.dumps(document))
        return folder

    return write


@pytest.fixture
def make_volume():
    """Return a function that wraps an array in a volume on a plain grid."""

    def make(data: np.ndarray, **changes) -> Volume:
        kind = np.complex64 if np.iscomplexobj(data) else np.float32
        return Volume(data.astype(kind), Geometry(data.shape, np.diag([5.0, 1.6, 1.6, 1.0])), **changes)

    return make


@pytest.fixture
def blob():
    """Return a smooth bright object (slices, rows, columns) with an edge and detail, peak about 1, in air."""

    def make(slices: int = 6, rows: int = 96, columns: int = 80) -> np.ndarray:
        y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
        head = ((y / 0.7) ** 2 + (x / 0.65) ** 2 < 1) * (0.6 + 0.25 * np.sin(9 * x) * np.cos(7 * y))
        head = head + 0.3 * ((y - 0.2) ** 2 + (x + 0.1) ** 2 < 0.02)
        return np.repeat(head[None], slices, axis=0).astype(np.float32)

    return make

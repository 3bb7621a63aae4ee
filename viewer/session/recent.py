"""Places opened before: paths only, no names of patients."""

import json
from collections.abc import Sequence
from pathlib import Path

from viewer.session.files import write_atomically

LIMIT = 8


class Recent:
    """A list of paths in one JSON file, newest first."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def paths(self) -> list[Path]:
        """Return the places that still exist, newest first."""
        return [path for path in self._stored() if path.exists()]

    def add(self, opened: Sequence[Path]) -> None:
        """Put the opened places on top. `OSError` passes."""
        merged = dict.fromkeys([*(path.absolute() for path in opened), *self._stored()])
        write_atomically(self._file, json.dumps([str(path) for path in list(merged)[:LIMIT]], indent=1))

    def clear(self) -> None:
        """Forget all of them."""
        self._file.unlink(missing_ok=True)

    def _stored(self) -> list[Path]:
        if not self._file.exists():
            return []
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
        except ValueError:
            return []  # a convenience that is written again with the next study; nothing of the user's is lost
        return [Path(text) for text in stored if isinstance(text, str)] if isinstance(stored, list) else []

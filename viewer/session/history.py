"""Undo and redo: bounded, one entry per gesture, knowing nothing of what it keeps."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
LIMIT = 200


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One step: what the user did, and the state to return to."""

    text: str
    state: T


class History(Generic[T]):
    """Past and future of one immutable state. The newest ``limit`` steps are kept."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._past: deque[Entry[T]] = deque(maxlen=limit)
        self._future: list[Entry[T]] = []
        self._gesture: Entry[T] | None = None

    @property
    def undo_text(self) -> str:
        """What undo would take back; empty when nothing."""
        return self._past[-1].text if self._past else ""

    @property
    def redo_text(self) -> str:
        """What redo would bring back; empty when nothing."""
        return self._future[-1].text if self._future else ""

    @property
    def in_gesture(self) -> bool:
        """Whether a drag is under way, whose edits become one step."""
        return self._gesture is not None

    def push(self, text: str, before: T) -> None:
        """Record one step away from ``before``; during a gesture it is part of the gesture."""
        if self._gesture is None:
            self._past.append(Entry(text, before))
            self._future.clear()

    def begin(self, text: str, present: T) -> None:
        """Start a gesture; one already open continues."""
        self._gesture = self._gesture or Entry(text, present)

    def end(self, changed: bool) -> None:
        """End the gesture; it becomes a step if it ``changed`` anything."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and changed:
            self.push(gesture.text, gesture.state)

    def abandon(self) -> T | None:
        """End the gesture without a step and return the state it began with, or None."""
        gesture, self._gesture = self._gesture, None
        return gesture.state if gesture else None

    @property
    def gesture_start(self) -> T | None:
        """The state the open gesture began with."""
        return self._gesture.state if self._gesture else None

    def undo(self, present: T) -> T | None:
        """Step back: remember ``present`` for redo and return the state before, or None."""
        return self._step(present, self._past, self._future)

    def redo(self, present: T) -> T | None:
        """Step forward again, or None."""
        return self._step(present, self._future, self._past)

    @staticmethod
    def _step(
        present: T, source: "deque[Entry[T]] | list[Entry[T]]", target: "deque[Entry[T]] | list[Entry[T]]"
    ) -> T | None:
        if not source:
            return None
        entry = source.pop()
        target.append(Entry(entry.text, present))
        return entry.state

"""Functional groups of enhanced multi-frame objects: the frame's own, else the shared one (PS3.3 C.7.6.16)."""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from viewer.dicom.fields import items

EMPTY = Dataset()
"""Stands for a macro that is not there; never written to (making one costs more than reading a value)."""


@dataclass(frozen=True)
class FrameGroups:
    """The functional groups of one file. Files without any behave as if everything were at top level."""

    root: Dataset
    shared: Dataset
    frames: tuple[Dataset, ...]

    @classmethod
    def of(cls, header: Dataset) -> "FrameGroups":
        """Take the groups from a header."""
        shared = items(header, "SharedFunctionalGroupsSequence")
        per_frame = tuple(items(header, "PerFrameFunctionalGroupsSequence"))
        return cls(header, shared[0] if shared else EMPTY, per_frame)

    def macro(self, index: int, keyword: str) -> Dataset:
        """Return the macro ``keyword`` of frame ``index``; an empty data set where there is none."""
        own = items(self.frames[index], keyword) if index < len(self.frames) else []
        found = own or items(self.shared, keyword)
        return found[0] if found else EMPTY

    def holder(self, index: int, keyword: str, attribute: str) -> Dataset:
        """Return the macro if it holds ``attribute``, else the top level, where some scanners repeat it."""
        macro = self.macro(index, keyword)
        return macro if attribute in macro else self.root

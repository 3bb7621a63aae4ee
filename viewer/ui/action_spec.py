"""What one command is, and when commands are possible."""

from collections.abc import Callable
from dataclasses import dataclass

from viewer.session.session import Session

Possible = Callable[[Session], bool]


def always(session: Session) -> bool:
    """Possible even in an empty window."""
    return True


def has_study(session: Session) -> bool:
    """Possible once something was opened."""
    return session.index is not None


def has_mri(session: Session) -> bool:
    """Possible with an image in the MRI workspace."""
    return session.volume("mri") is not None


def has_ct(session: Session) -> bool:
    """Possible with a CT."""
    return session.volume("ct") is not None


def has_pet(session: Session) -> bool:
    """Possible with a PET."""
    return session.volume("pet") is not None


def has_petct(session: Session) -> bool:
    """Possible with an image in the PET/CT workspace."""
    return has_ct(session) or session.volume("pet") is not None


def has_image(session: Session) -> bool:
    """Possible with any image."""
    return has_mri(session) or has_petct(session)


def has_result(session: Session) -> bool:
    """Possible once the MR series has been denoised."""
    return session.denoised is not None


def has_selection(session: Session) -> bool:
    """Possible with a selected ROI."""
    return session.selected_roi is not None


@dataclass(frozen=True)
class Spec:
    """One command. ``scope``: its keys work in the whole ``window`` or only while an ``image`` has the focus.

    Commands of one ``group`` exclude each other; the first is the one checked at the start.
    """

    id: str
    text: str
    tip: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    possible: Possible = always
    scope: str = "window"
    checkable: bool = False
    group: str = ""

    @property
    def category(self) -> str:
        """The menu it belongs to: the word before the dot."""
        return self.id.partition(".")[0]

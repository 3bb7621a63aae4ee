"""Every command of the window, once: words, keys, icon and when it is possible. Menus and key sheet read it."""

from collections.abc import Callable
from dataclasses import dataclass

from viewer.session.session import Session

Possible = Callable[[Session], bool]


def _always(session: Session) -> bool:
    return True


def _study(session: Session) -> bool:
    return session.index is not None


def _mri(session: Session) -> bool:
    return session.volume("mri") is not None


def _petct(session: Session) -> bool:
    return session.volume("ct") is not None or session.volume("pet") is not None


def _image(session: Session) -> bool:
    return _mri(session) or _petct(session)


def _denoised(session: Session) -> bool:
    return session.denoised is not None


def _selected(session: Session) -> bool:
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
    possible: Possible = _always
    scope: str = "window"
    checkable: bool = False
    group: str = ""

    @property
    def category(self) -> str:
        """The menu it belongs to: the word before the dot."""
        return self.id.partition(".")[0]


CATEGORIES = {
    "file": "&File",
    "edit": "&Edit",
    "view": "&View",
    "image": "&Image",
    "roi": "&ROI",
    "mri": "&MRI",
    "petct": "&PET/CT",
    "help": "&Help",
}

FILE = (
    Spec("file.open_folder", "Open &folder…", "Open a folder of DICOM files", ("Ctrl+O",), "folder"),
    Spec("file.open_files", "Open f&iles or ZIP…", "Open DICOM files or a ZIP", ("Ctrl+Shift+O",), "file"),
    Spec("file.demo", "Open the &demo study", "A simulated brain and phantom with known truth", (), "spark"),
    Spec("file.close", "&Close all studies", "", ("Ctrl+W",), "", _study),
    Spec("file.report", "Export &report…", "PDF, CSV and JSON of the active study", ("Ctrl+E",), "report", _image),
    Spec(
        "file.export_denoised",
        "Export de&noised series…",
        "A new DICOM series beside the original, which stays as it is",
        ("Ctrl+Shift+E",),
        "export",
        _denoised,
    ),
    Spec("file.quit", "&Quit", "", ("Ctrl+Q",)),
)
EDIT = (
    Spec("edit.undo", "&Undo", "Take the last ROI step back", ("Ctrl+Z",), "undo", lambda s: bool(s.undo_text)),
    Spec(
        "edit.redo",
        "&Redo",
        "Bring back what was undone",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "redo",
        lambda s: bool(s.redo_text),
    ),
)
VIEW = (
    Spec("view.mri", "&MRI", "Compare raw and denoised", ("Ctrl+1",), "", _study, group="workspace"),
    Spec("view.petct", "&PET/CT", "Fuse and measure", ("Ctrl+2",), "", _study, group="workspace"),
    Spec("view.find", "&Find in the studies", "", ("Ctrl+F",), "search", _study),
    Spec(
        "view.browser",
        "Study &browser",
        "The list of studies",
        ("F9",),
        "browser",
        _study,
        checkable=True,
    ),
    Spec("view.side", "&Side panel", "The panel on the right", ("F10",), "side", _study, checkable=True),
    Spec(
        "view.patient",
        "Patient &details",
        "Name, ID and birth date",
        ("P",),
        "person",
        checkable=True,
    ),
    Spec("view.system", "Colours of the s&ystem", group="theme", checkable=True),
    Spec("view.light", "&Light", group="theme", checkable=True),
    Spec("view.dark", "&Dark", group="theme", checkable=True),
    Spec("view.fullscreen", "&Full screen", "", ("F11",), "", checkable=True),
)
IMAGE = (
    Spec("image.previous", "&Previous slice", "", ("Up",), "", _image, "image"),
    Spec("image.next", "&Next slice", "", ("Down",), "", _image, "image"),
    Spec("image.back_ten", "Ten slices back", "", ("PgUp",), "", _image, "image"),
    Spec("image.forward_ten", "Ten slices forward", "", ("PgDown",), "", _image, "image"),
    Spec("image.first", "&First slice", "", ("Home",), "", _image, "image"),
    Spec("image.last", "&Last slice", "", ("End",), "", _image, "image"),
    Spec("image.cine", "&Cine", "Play through the slices", ("C",), "play", _image, "image", checkable=True),
    Spec("image.reset", "&Reset view", "Fit, centre and default window", ("Space",), "fit", _image, "image"),
    Spec("image.invert", "&Invert greys", "", ("I",), "invert", _image, "image"),
    Spec(
        "image.smooth",
        "S&mooth pixels",
        "Interpolate between voxels on the screen; numbers stay those of the voxels",
        ("M",),
        "",
        _image,
        "image",
        checkable=True,
    ),
    Spec("image.flip", "Flip &horizontally", "The letters at the borders follow", ("H",), "flip", _image, "image"),
)
ROI = (
    Spec("roi.navigate", "&Navigate", "No drawing: scroll, window, pan", ("V",), "arrow", _image, group="tool"),
    Spec("roi.sphere", "&Sphere", "Drag from the centre", ("S",), "sphere", _petct, "image", group="tool"),
    Spec(
        "roi.ellipse", "&Ellipse", "Drag a corner to the other", ("E",), "ellipse", _petct, "image", group="tool"
    ),
    Spec(
        "roi.polygon", "&Polygon", "Click points, Enter closes", ("G",), "polygon", _petct, "image", group="tool"
    ),
    Spec("roi.rename", "&Rename", "Rename the selected ROI", ("F2",), "", _selected),
    Spec(
        "roi.delete",
        "&Delete",
        "Delete the selected ROI; undo brings it back",
        ("Del",),
        "bin",
        _selected,
        "image",
    ),
)
MRI = (
    Spec("mri.denoise", "&Denoise", "Run the network on this series", ("D",), "spark", _mri, "image"),
    Spec(
        "mri.residual",
        "Show &residual",
        "What was taken away, in sigma",
        ("R",),
        "",
        _mri,
        "image",
        checkable=True,
    ),
    Spec(
        "mri.link",
        "&Link panels",
        "Scroll, zoom and window together",
        ("L",),
        "link",
        _mri,
        "image",
        checkable=True,
    ),
)
_PRESETS = tuple(
    Spec(
        f"petct.preset_{n}",
        f"CT window &{n}: {name}",
        "",
        (str(n),),
        "",
        lambda s: s.volume("ct") is not None,
        "image",
    )
    for n, name in enumerate(("Soft tissue", "Lung", "Liver", "Bone", "Brain"), start=1)
)
PETCT = (
    Spec(
        "petct.rows",
        "CT, PET and &fusion in rows",
        "Three planes of each, beside each other",
        ("T",),
        "",
        _petct,
        "image",
        checkable=True,
    ),
    Spec(
        "petct.turn",
        "&Turn the MIP",
        "",
        ("A",),
        "",
        lambda s: s.volume("pet") is not None,
        "image",
        checkable=True,
    ),
    *_PRESETS,
)
HELP = (
    Spec("help.keys", "&Keys and mouse", "All keys on one sheet", ("?", "F1"), "help"),
    Spec("help.problems", "&Problems found…", "What was found but cannot be shown", (), "", _study),
    Spec("help.messages", "&Messages…", "Everything Lowfield has said since it started"),
    Spec("help.about", "&About Lowfield"),
)
TABLE: tuple[Spec, ...] = (*FILE, *EDIT, *VIEW, *IMAGE, *ROI, *MRI, *PETCT, *HELP)
MOUSE = (
    ("Left drag", "Window: right widens, up brightens"),
    ("Middle drag", "Pan"),
    ("Right drag", "Zoom"),
    ("Wheel", "Slices"),
    ("Ctrl + wheel", "Zoom"),
    ("Shift + move", "Crosshair"),
    ("Double click", "Maximise a view, and back"),
)

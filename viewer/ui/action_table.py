"""Every command of the window, once: words, keys, icon and when it is possible. Menus and key sheet read it."""

from viewer.ui.action_spec import (
    Spec,
    has_ct,
    has_image,
    has_mri,
    has_pet,
    has_petct,
    has_result,
    has_study,
)
from viewer.ui.roi_actions import ROI

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
    Spec("file.open_folder", "Open &folder…", "Open a folder of image files", ("Ctrl+O",), "folder"),
    Spec("file.open_files", "Open f&iles or ZIP…", "Open files or a ZIP", ("Ctrl+Shift+O",), "file"),
    Spec("file.demo", "Open the &demo study", "A simulated brain and phantom with known truth", (), "spark"),
    Spec("file.close", "&Close all studies", "", ("Ctrl+W",), "", has_study),
    Spec(
        "file.report",
        "Export &report…",
        "PDF, CSV and JSON of the active study",
        ("Ctrl+E",),
        "report",
        has_image,
    ),
    Spec(
        "file.export_denoised",
        "Export de&noised series…",
        "A new DICOM series (NIfTI for other formats) beside the original, which stays as it is",
        ("Ctrl+Shift+E",),
        "export",
        has_result,
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
    Spec("view.mri", "&MRI", "Compare raw and denoised", ("Ctrl+1",), "", has_study, group="workspace"),
    Spec("view.petct", "&PET/CT", "Fuse and measure", ("Ctrl+2",), "", has_study, group="workspace"),
    Spec("view.find", "&Find in the studies", "", ("Ctrl+F",), "search", has_study),
    Spec(
        "view.browser",
        "Study &browser",
        "The list of studies",
        ("F9",),
        "browser",
        has_study,
        checkable=True,
    ),
    Spec("view.side", "&Side panel", "The panel on the right", ("F10",), "side", has_study, checkable=True),
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
    Spec("image.previous", "&Previous slice", "", ("Up",), "", has_image, "image"),
    Spec("image.next", "&Next slice", "", ("Down",), "", has_image, "image"),
    Spec("image.back_ten", "Ten slices back", "", ("PgUp",), "", has_image, "image"),
    Spec("image.forward_ten", "Ten slices forward", "", ("PgDown",), "", has_image, "image"),
    Spec("image.first", "&First slice", "", ("Home",), "", has_image, "image"),
    Spec("image.last", "&Last slice", "", ("End",), "", has_image, "image"),
    Spec("image.cine", "&Cine", "Play through the slices", ("C",), "play", has_image, "image", checkable=True),
    Spec("image.reset", "&Reset view", "Fit, centre and default window", ("Space",), "fit", has_image, "image"),
    Spec("image.invert", "&Invert greys", "", ("I",), "invert", has_image, "image"),
    Spec(
        "image.smooth",
        "S&mooth pixels",
        "Interpolate between voxels on the screen; numbers stay those of the voxels",
        ("M",),
        "",
        has_image,
        "image",
        checkable=True,
    ),
    Spec(
        "image.flip",
        "Flip &horizontally",
        "The letters at the borders follow",
        ("H",),
        "flip",
        has_image,
        "image",
    ),
)
MRI = (
    Spec("mri.denoise", "&Denoise", "Run the network on this series", ("D",), "spark", has_mri, "image"),
    Spec(
        "mri.residual",
        "Show &residual",
        "What was taken away, in sigma; air is orange in magnitudes, as the mean of their noise is 1.25 sigma",
        ("R",),
        "",
        has_mri,
        "image",
        checkable=True,
    ),
    Spec(
        "mri.leak",
        "Show &leaked detail",
        "Where detail went with the noise (orange), or was made up (blue)",
        ("K",),
        "",
        has_mri,
        "image",
        checkable=True,
    ),
    Spec(
        "mri.error",
        "Show remaining &error",
        "How far the denoised image is probably off, in sigma",
        ("U",),
        "",
        has_mri,
        "image",
        checkable=True,
    ),
    Spec(
        "mri.link",
        "&Link panels",
        "Scroll, zoom and window together",
        ("L",),
        "link",
        has_mri,
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
        has_ct,
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
        "rows",
        has_petct,
        "image",
        checkable=True,
    ),
    Spec(
        "petct.turn",
        "&Turn the MIP",
        "",
        ("A",),
        "turn",
        has_pet,
        "image",
        checkable=True,
    ),
    *_PRESETS,
    Spec("petct.phantom", "NEMA &phantom…", "Find the phantom and judge it sphere by sphere", (), "", has_pet),
    Spec("petct.therapy", "&Verify a therapy…", "Activity over time and dose of the ROIs", (), "", has_study),
)
HELP = (
    Spec("help.keys", "&Keys and mouse", "All keys on one sheet", ("?", "F1"), "help"),
    Spec("help.problems", "&Problems found…", "What was found but cannot be shown", (), "", has_study),
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
    ("Left drag with a brush", "Paint; the eraser takes away"),
    ("Ctrl or Shift + click in the table", "Pick several ROIs to join, subtract or intersect"),
    ("Double click", "Maximise a view, and back"),
)

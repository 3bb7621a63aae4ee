"""The commands on ROIs, a part of the table of all commands."""

from viewer.session.session import Session
from viewer.ui.action_spec import Spec, has_image, has_petct, has_selection


def has_two(session: Session) -> bool:
    """Possible with two ROIs picked."""
    return len(session.picked) > 1


def _tool(name: str, text: str, tip: str, key: str) -> Spec:
    return Spec(f"roi.{name}", text, tip, (key,), name, has_petct, "image", group="tool")


TOOLS = (
    Spec("roi.navigate", "&Navigate", "No drawing: scroll, window, pan", ("V",), "arrow", has_image, group="tool"),
    _tool("sphere", "&Sphere", "Drag from the centre", "S"),
    _tool("ellipse", "&Ellipse", "Drag a corner to the other", "E"),
    _tool("box", "Bo&x", "Drag a corner to the other", "X"),
    _tool("polygon", "&Polygon", "Click points, Enter closes; contours of several slices are joined", "G"),
    _tool("freehand", "&Freehand", "Draw around it; contours of several slices are joined", "F"),
    _tool("brush", "&Brush", "Paint voxels into the selected ROI, or a new one", "B"),
    _tool("eraser", "E&raser", "Take voxels out of the selected ROI", "Q"),
    _tool("isocontour", "&Isocontour", "Drag a sphere around it: it grows inside by its rule", "O"),
)
BRUSH = (
    Spec("roi.smaller", "S&maller brush", "", ("[",), "", has_petct, "image"),
    Spec("roi.larger", "&Larger brush", "", ("]",), "", has_petct, "image"),
    Spec(
        "roi.ball",
        "Brush in &3D",
        "Paint a ball through several slices, not a disc in one",
        ("N",),
        "",
        has_petct,
        "image",
        checkable=True,
    ),
)
WHOLE = (
    Spec("roi.rename", "Rena&me", "Rename the selected ROI", ("F2",), "", has_selection),
    Spec("roi.duplicate", "D&uplicate", "A copy beside the selected ROI", ("Ctrl+D",), "copy", has_selection),
    Spec("roi.copy", "&Copy", "To paste it on another series or time point", ("Ctrl+Shift+C",), "", has_selection),
    Spec("roi.paste", "Paste &here", "In the same place of the patient", ("Ctrl+Shift+V",), "", has_petct),
    Spec("roi.union", "&Join picked", "A new ROI of all picked ones", ("Ctrl+U",), "union", has_two),
    Spec(
        "roi.subtract",
        "Sub&tract from selected",
        "A new ROI: the selected one without the others picked",
        ("Ctrl+M",),
        "subtract",
        has_two,
    ),
    Spec("roi.intersect", "I&ntersect picked", "A new ROI of what all share", ("Ctrl+I",), "intersect", has_two),
    Spec(
        "roi.exact",
        "Count partial &volumes, or centres",
        "For small shapes: a voxel counts with the part of it that lies inside; the same command goes back",
        (),
        "",
        has_selection,
    ),
    Spec(
        "roi.delete",
        "&Delete",
        "Delete the selected ROI; undo brings it back",
        ("Del",),
        "bin",
        has_selection,
        "image",
    ),
)
ROI: tuple[Spec, ...] = (*TOOLS, *BRUSH, *WHOLE)

"""Which views the PET/CT workspace shows, and where, from what is open and how wide the window is."""

from viewer.core.reslice import Orientation
from viewer.ui.view_grid import Cell

ORIENTATIONS: tuple[Orientation, ...] = ("axial", "coronal", "sagittal")
ViewName = tuple[str, Orientation]
"""(layer, orientation); the projection is ("mip", "coronal")."""
MIP: ViewName = ("mip", "coronal")
WIDE = 1.5
NOT_FUSED = (
    "CT and PET do not share a frame of reference, so the same coordinates are not the same place in the patient. "
    "They are shown side by side and not over each other."
)


def layout(layers: tuple[str, ...], in_rows: bool, width: float, height: float) -> dict[ViewName, Cell]:
    """Return view → cell. ``layers``: those that can be shown, of ``ct``, ``pet``, ``fusion``."""
    if "fusion" in layers:
        return _rows() if in_rows else _three("fusion", True, width, height)
    if len(layers) > 1:
        return _apart()
    return _three(layers[0], layers[0] == "pet", width, height) if layers else {}


def _three(layer: str, with_mip: bool, width: float, height: float) -> dict[ViewName, Cell]:
    """Axial large and the others beside it; in a narrow window four equal views."""
    axial, coronal, sagittal = ((layer, orientation) for orientation in ORIENTATIONS)
    if width < WIDE * height:
        cells = {axial: (0.0, 0.0, 0.5, 0.5), coronal: (0.5, 0.0, 0.5, 0.5), sagittal: (0.0, 0.5, 0.5, 0.5)}
        if with_mip:
            return {**cells, MIP: (0.5, 0.5, 0.5, 0.5)}
        return {**cells, axial: (0.0, 0.0, 1.0, 0.5), coronal: (0.5, 0.5, 0.5, 0.5)}
    middle = 0.28 if with_mip else 0.42
    cells = {
        axial: (0.0, 0.0, 0.5 if with_mip else 0.58, 1.0),
        coronal: (0.5 if with_mip else 0.58, 0.0, middle, 0.5),
        sagittal: (0.5 if with_mip else 0.58, 0.5, middle, 0.5),
    }
    return {**cells, MIP: (0.78, 0.0, 0.22, 1.0)} if with_mip else cells


def _rows() -> dict[ViewName, Cell]:
    """CT, PET and fusion in rows, three planes each, the projection at full height."""
    step, tall = 0.8 / 3, 1 / 3
    cells: dict[ViewName, Cell] = {}
    for row, layer in enumerate(("ct", "pet", "fusion")):
        for column, orientation in enumerate(ORIENTATIONS):
            cells[layer, orientation] = (column * step, row * tall, step, tall)
    return {**cells, MIP: (0.8, 0.0, 0.2, 1.0)}


def _apart() -> dict[ViewName, Cell]:
    """CT and PET that do not share a frame of reference: beside each other, never over each other."""
    cells: dict[ViewName, Cell] = {}
    for column, layer in enumerate(("ct", "pet")):
        for row, orientation in enumerate(("axial", "coronal")):
            cells[layer, orientation] = (column * 0.5, row * 0.5, 0.5, 0.5)  # type: ignore[index]
    return cells

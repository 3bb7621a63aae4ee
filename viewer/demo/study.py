"""Make the demo study once, whole or not at all, and find it again."""

import json
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import viewer
from viewer.core.errors import LowfieldError
from viewer.core.paths import user_data
from viewer.core.progress import Progress, part, silent
from viewer.demo.brain import make_brain
from viewer.demo.phantom import make_phantom

RECIPE = 1
"""Grows whenever the demo is made differently, so that a cached one is not mistaken for it."""
MARKER = "complete.json"
PARTS = ("brain", "phantom", "truth", MARKER)


@dataclass(frozen=True)
class DemoStudy:
    """Where the demo lies. ``truth_path`` is truth.json; rois.json and the clean images lie beside it."""

    folder: Path

    @property
    def mri_folder(self) -> Path:
        """DICOM of the simulated ultra-low-field head: T1, T2, FLAIR."""
        return self.folder / "brain"

    @property
    def petct_folder(self) -> Path:
        """DICOM of the simulated IEC phantom: CT, 149Tb PET, and the same activity acquired as 18F."""
        return self.folder / "phantom"

    @property
    def truth_path(self) -> Path:
        """What a measurement ought to find."""
        return self.folder / "truth" / "truth.json"

    @property
    def rois_path(self) -> Path:
        """ROIs of spheres, background and lung insert, ready for ``lowfield measure --rois``."""
        return self.folder / "truth" / "rois.json"


def default_folder() -> Path:
    """Return where the demo is cached: in the user's data folder, one for each version and recipe."""
    return user_data() / f"demo-{viewer.__version__}-{RECIPE}"


def make_demo(folder: Path, progress: Progress = silent) -> DemoStudy:
    """Return the demo in ``folder``, making it first unless it is there and complete.

    It is built beside ``folder`` and moved into place, the marker last; an incomplete one is replaced. Raises
    `LowfieldError` where ``folder`` holds other files or cannot be written.
    """
    if not is_complete(folder):
        _refuse_foreign(folder)
        temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.part")
        try:
            _build(temporary, progress)
            _move(temporary, folder)
        except OSError as error:
            raise LowfieldError(f"The demo cannot be written ({error.strerror}).", where=folder) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    progress(1.0, "The demo study is ready")
    return DemoStudy(folder)


def is_complete(folder: Path) -> bool:
    """Whether ``folder`` holds a demo of this recipe with all the files that its marker counts."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(marker, dict) and marker == _marker(folder)


def _marker(folder: Path) -> dict[str, int]:
    names = [name for name in PARTS if name != MARKER]
    return {"recipe": RECIPE} | {name: sum(p.is_file() for p in (folder / name).rglob("*")) for name in names}


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise LowfieldError("is not a folder.", where=folder, hint="Choose a folder for the demo.")
    foreign = [path.name for path in folder.glob("*") if path.name not in PARTS]
    if foreign:
        raise LowfieldError(
            "holds other files; the demo is not mixed with them.", where=folder, hint="Choose an empty folder."
        )


def _build(folder: Path, progress: Progress) -> None:
    truth = folder / "truth"
    truth.mkdir(parents=True)
    facts = {
        "simulated": True,
        "version": viewer.__version__,
        "brain": make_brain(folder / "brain", truth, part(progress, 0.0, 0.6)),
        "phantom": make_phantom(folder / "phantom", truth, part(progress, 0.6, 1.0)),
    }
    (truth / "truth.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _move(temporary: Path, folder: Path) -> None:
    """Put the finished parts in place, replacing those of an incomplete demo; the marker comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).unlink(missing_ok=True)
    for name in PARTS[:-1]:
        if (folder / name).exists():
            shutil.rmtree(folder / name)
        (temporary / name).rename(folder / name)
    (folder / MARKER).write_text(json.dumps(_marker(folder)), encoding="utf-8")

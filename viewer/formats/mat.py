"""Which reader a MATLAB file wants: that of the MaRGE console, or the one for plain arrays."""

from pathlib import Path

from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.formats import marge, matlab
from viewer.formats.entry import Entry
from viewer.formats.matfile import open_mat


def entries(path: Path) -> list[Entry]:
    """List the images of a MATLAB file without reading them."""
    file = open_mat(path)
    return marge.entries(file) if marge.is_marge(file) else matlab.entries(file)


def load(path: Path, item: str, progress: Progress) -> Volume:
    """Read one of them."""
    if marge.is_marge(open_mat(path)):
        return marge.load(path, item, progress)
    return matlab.load(path, item, progress)

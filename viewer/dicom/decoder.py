"""The child's side of decoding: one compressed frame in, stored integers out. Runs in a process of its own."""

import os
import signal
import sys
import warnings
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

EXTRA_BYTES = 2 << 30
"""How much more than after start the process may take."""


def serve(connection: Connection) -> None:
    """Answer requests until the other side closes; never raises for bad data, but may crash on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then closes the pipe
    warnings.simplefilter("ignore")
    _silence()
    from viewer.dicom import codecs  # now, before the memory is limited

    codecs.register()
    _limit_memory()
    connection.send(("ready", None))
    while True:
        try:
            request = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(_answer(request))


def _silence() -> None:
    """Keep what C libraries print out of the parent's output, which scripts read."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _answer(request: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "pixels", decode(request)
    except MemoryError:
        return "error", "it needs too much memory"
    except BaseException as error:  # whatever the codec makes of the damage (Rust panics are no Exceptions)
        return "error", f"{type(error).__name__}: {error}".replace("\n", " ")[:300]


def decode(request: dict[str, Any]) -> Any:
    """Decode one frame (rows, columns) with the plugin named in the request."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(request["syntax"])
    for keyword in request:
        if keyword[0].isupper():
            setattr(dataset, keyword, request[keyword])
    dataset.SamplesPerPixel = 1
    dataset.PixelData = encapsulate([request["data"]])
    dataset["PixelData"].VR = "OB"
    decoder = get_decoder(UID(request["syntax"]))
    array, _ = decoder.as_array(dataset, index=0, raw=True, decoding_plugin=request["plugin"])
    return array


def _limit_memory() -> None:
    """Allow `EXTRA_BYTES` more than the process has now, where the system can (Linux)."""
    statm = Path("/proc/self/statm")
    if not sys.platform.startswith("linux") or not statm.exists():
        return
    import resource

    pages = int(statm.read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + EXTRA_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))

"""The files of a phantom's measurement: the report and the document, each all or nothing."""

import json
from pathlib import Path

from viewer.core.errors import LowfieldError
from viewer.core.files import write_file
from viewer.core.options import MeasureOptions
from viewer.core.phantom import PhantomResult
from viewer.core.volume import Volume
from viewer.phantom import phantom_report
from viewer.report.phantom import phantom_document


def write_phantom(
    pet: Volume, ct: Volume | None, result: PhantomResult, options: MeasureOptions, path: Path
) -> list[Path]:
    """Write the PDF, and the JSON beside it; refuses to replace a JSON that belongs to another report."""
    from viewer.report.pdf import write_pdf  # the typesetter; the window shows before anybody asks for it

    beside = path.with_suffix(".json")
    if beside.exists() and not path.exists():  # the user agreed to replace the PDF at most
        raise LowfieldError("exists already.", where=beside, hint="Choose another name for the report.")
    write_pdf(phantom_report(pet, ct, result, options), path)
    text = json.dumps(phantom_document(result), indent=2, ensure_ascii=False, allow_nan=False)
    write_file(beside, f"{text}\n".encode())
    return [path, beside]

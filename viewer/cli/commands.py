"""The commands without a window. Each takes the parsed words and prints its result."""

import argparse
from pathlib import Path
from typing import Any

from viewer.cli import choose, output
from viewer.cli.corrections import corrections_of
from viewer.core.denoised import DenoiseResult
from viewer.core.errors import LowfieldError
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.denoise.card import list_models, verify
from viewer.phantom import with_recovery
from viewer.pipeline import (
    MeasureOptions,
    denoise_volume,
    export_denoised,
    load,
    measure_rois,
    replayable,
    write_denoised_nifti,
)
from viewer.report.csv import write_csv
from viewer.report.facts import replay_facts, software
from viewer.report.json import SCHEMA, measurement_document, plain

DENOISE_SCHEMA = "lowfield denoise 1"


def index(words: argparse.Namespace) -> None:
    """``lowfield index``."""
    found = choose.open_index(words.path)
    if words.json:
        output.print_json(output.index_document(found))
    else:
        output.print_index(found)


def denoise(words: argparse.Namespace) -> None:
    """``lowfield denoise``: the destination is checked before the work, and never overwritten half-way."""
    _check_destination(words.destination)
    volume, source = choose.load_mr(words.source, words.series, words.part)
    repeat = choose.load_mr(words.source, words.repeat, words.part)[0] if words.repeat else None
    options = {"model": words.model, "sigma": words.sigma, "strength": words.strength, "provider": words.provider}
    result = denoise_volume(volume, repeat=repeat, **options)
    written = save_denoised(result, source, words.destination)
    document = {"schema": DENOISE_SCHEMA, "software": software(), "input": input_document(source, volume)}
    document |= denoise_document(result, words.destination)
    document["written"] = [str(path) for path in written]
    if words.json:
        output.print_json(document)
    else:
        print(f"denoised {source.description or source.key}, {_kind(volume)}")
        print(f"sigma {result.noise.sigma:.5g} ({result.noise.source}: {result.noise.method})")
        print(f"model {result.model.name} {result.model.version}, SHA-256 {result.model.sha256}")
        print(f"{result.residual.verdict}\nwritten to {words.destination} in {result.seconds:.1f} s")
        _warn((*volume.warnings, *result.warnings))


def input_document(source: SeriesInfo, volume: Volume) -> dict[str, Any]:
    """Return which series was denoised, and as what."""
    parts = [each.key for each in source.components]
    return {
        "series_key": source.key,
        "description": source.description,
        "kind": _kind(volume),
        "joined_from": parts,
    }


def _kind(volume: Volume) -> str:
    return "complex" if volume.is_complex else "magnitude or real"


def denoise_document(result: DenoiseResult, destination: Path) -> dict[str, Any]:
    """Return the document of ``lowfield denoise --json``."""
    return {
        "destination": str(destination),
        "sigma": result.noise.sigma,
        "sigma_source": result.noise.source,
        "sigma_method": result.noise.method,
        "sigma_confidence": result.noise.confidence,
        "model": result.model.name,
        "model_version": result.model.version,
        "model_sha256": result.model.sha256,
        "runtime": f"{result.model.runtime} {result.model.provider}".strip(),
        "strength": result.strength,
        "seconds": result.seconds,
        "residual": plain(result.residual),
        "warnings": [*result.source.warnings, *result.warnings],
        "replay": plain(result.replay),
    }


def save_denoised(result: DenoiseResult, source: SeriesInfo, destination: Path) -> list[Path]:
    """Write NIfTI, or into a folder what `export_denoised` makes of the source; return the files."""
    if choose.is_nifti(destination):
        return write_denoised_nifti(result, destination)
    return export_denoised(result, source, destination)


def _check_destination(destination: Path) -> None:
    if destination.is_dir() and any(destination.iterdir()):
        raise LowfieldError("The folder is not empty.", where=destination, hint="Name a new folder.")
    if destination.is_file():
        raise LowfieldError("The file exists already.", where=destination, hint="Name a new file.")


def measure(words: argparse.Namespace) -> None:
    """``lowfield measure``."""
    info, volume = _load_measurable(words)
    rois = choose.read_rois(words.rois, volume)
    options = options_of(words)
    found = with_recovery(measure_rois(volume, rois, options), words.recovery)
    warnings = [*volume.warnings]
    if words.csv:
        write_csv(found, words.csv)
    if words.json:
        rows = [measurement_document(replayable(each, roi)) for each, roi in zip(found, rois, strict=True)]
        kept = {"study": {"source": str(words.study)}, "replay": replay_facts([volume], options, words.recovery)}
        document = {
            "schema": SCHEMA,
            "software": software(),
            "series_uid": info.series_uid,
            "rois": rows,
            "warnings": warnings,
        }
        output.print_json(document | kept)
        return
    output.print_measurements(found)
    _warn((*warnings, *(f"{each.name}: {text}" for each in found for text in each.warnings)))


def options_of(words: argparse.Namespace) -> MeasureOptions:
    """Return how activity is to be read; re-declaring a nuclide needs both names."""
    if bool(words.acquired_as) != bool(words.nuclide):
        raise LowfieldError("--acquired-as and --nuclide go together: what the scanner was told, and what it is.")
    percent = words.calibration_uncertainty_percent
    calibration = None if percent is None else percent / 100
    return MeasureOptions(words.acquired_as, words.nuclide, words.reference, corrections_of(words), calibration)


def _load_measurable(words: argparse.Namespace) -> tuple[SeriesInfo, Volume]:
    info = choose.choose_measurable(choose.open_index(words.study), words.series)
    return info, load(info)


def models(words: argparse.Namespace) -> None:
    """``lowfield models``: list, and with ``--verify`` check the files."""
    cards = list_models()
    if not cards:
        raise LowfieldError(
            "No model is installed.", hint="Reinstall Lowfield, or set LOWFIELD_MODELS to a folder."
        )
    if words.verify:
        for card in cards:
            verify(card)
    rows = [
        {"name": each.name, "version": each.version, "description": each.description, "sha256": each.sha256}
        for each in cards
    ]
    if words.json:
        output.print_json({"models": rows, "verified": bool(words.verify)})
        return
    for row in rows:
        state = "  verified" if words.verify else ""
        print(f"{row['name']}  {row['version']}  {row['sha256']}{state}\n    {row['description']}")


def _warn(warnings: tuple[str, ...] | list[str]) -> None:
    for text in dict.fromkeys(warnings):
        output.say(f"warning: {text}")

"""A denoising result in words: what was assumed, what was removed, and whether the settings still match."""

from viewer.core.denoised import DenoiseResult
from viewer.session.state import DenoiseChoice
from viewer.ui.readout import number, with_unit

SOURCES = {
    "given": "given by you",
    "background": "measured in the background",
    "wavelet": "estimated inside the object",
    "repeat": "measured from repeated scans",
}


def result_rows(result: DenoiseResult) -> list[tuple[str, str]]:
    """Return (name, value) rows for the side panel."""
    noise, residual, model = result.noise, result.residual, result.model
    sure = "" if noise.source == "given" else f", confidence {noise.confidence:.0%}"
    rows = [
        ("Verdict", residual.verdict),
        ("Sigma", with_unit(number(noise.sigma, 3), result.source.unit)),
        ("", f"{SOURCES.get(noise.source, noise.source)}{sure}"),
        ("Input SNR", number(residual.input_snr, 3)),
        ("Residual SD", f"{residual.sd:.2f} σ   (noise alone: 1)"),
        ("Mean", f"{residual.mean:+.3f} σ"),
        ("Structure", f"correlation {residual.structure_correlation:+.2f}   (noise alone: 0)"),
        ("Whiteness", f"rows {residual.whiteness[0]:+.2f}, columns {residual.whiteness[1]:+.2f}"),
        ("Model", f"{model.name} {model.version}"),
        ("SHA-256", model.sha256[:16]),
        ("Strength", f"{result.strength:.0%}"),
        ("Run", f"{result.seconds:.1f} s · {model.provider or model.runtime or 'runtime not stated'}"),
    ]
    if max(noise.factor) > 1.01:
        filled = f"{noise.factor[0]:.2f} × {noise.factor[1]:.2f} voxels per measured sample (zero-filled)"
        rows.insert(3, ("Grid", filled))
    return rows


def warning_text(result: DenoiseResult | None) -> str:
    """Return the warnings of a result, one a line."""
    return "\n".join(result.warnings) if result is not None else ""


def changed_since(choice: DenoiseChoice, result: DenoiseResult | None, model: str | None) -> str:
    """Return a sentence when the image on show was made with other settings than those chosen now."""
    if result is None:
        return ""
    same_sigma = (choice.sigma is None) == (result.noise.source != "given") and (
        choice.sigma is None or abs(choice.sigma - result.noise.sigma) <= 1e-4 * max(result.noise.sigma, 1e-9)
    )
    same = same_sigma and abs(choice.strength - result.strength) < 1e-6 and model in (None, result.model.name)
    return "" if same else "The image on show was made with other settings. Denoise again to use these."

"""Results as Markdown: mean ± SD, gains, worst cases."""

import numpy as np

from denoising import data as volumes
from denoising import lesions as real_lesions
from denoising import repeats as real
from denoising import siblings as real_siblings
from denoising.synthetic import AS_STORED, SIGMAS

BASE = "bm4d"
SIGMA_ROWS = {
    "ours, against added noise": lambda row: row.ours - 1,
    "ours, against all noise": lambda row: row.of_all - 1,
    "ours, beyond either": lambda row: max(row.of_all - 1, 0) + min(row.ours - 1, 0),
    "library": lambda row: row.library - 1,
}


def _table(head, rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _spread(values, digits=2) -> str:
    values = np.asarray(values, float)
    return (
        f"{values.mean():.{digits}f} ± {values.std(ddof=1) if values.size > 1 else 0:.1f}" if values.size else "–"
    )


def repeats(entries) -> str:
    """Best of every method per pair and view, ours as estimated, and the lead over BM4D."""
    text = ["## Real 55 mT repeats\n", real.__doc__.split("\n\n")[1]]
    for pair, view in dict.fromkeys((e.pair, e.view) for e in entries):
        here = [e for e in entries if (e.pair, e.view) == (pair, view)]
        rival = real.best(here, pair, view, BASE)
        rows = [_repeat_row(e, rival, "") for e in here if e.multiple is None]
        for method in dict.fromkeys(_family(e) for e in here if e.multiple is not None):
            best = max((e for e in here if e.multiple is not None and _family(e) == method), key=lambda e: e.db)
            rows.append(_repeat_row(best, rival, f"{best.multiple:g}"))
        text.append(f"### {pair}, {view}\n")
        text.append(_table(["method", "x sigma", "dB", "by slice", "over best BM4D (95 %)", "s"], rows))
    return "\n".join(text)


def _family(entry) -> str:
    return entry.method if entry.method.startswith("ours") else entry.method.split()[0]


def _repeat_row(entry, rival, multiple):
    lead = "–"
    if rival is not None and rival is not entry:
        gain, low, high = real.gain_db(entry, rival)
        lead = f"{gain:+.2f} ({low:+.2f} to {high:+.2f})"
    note = multiple or ("as estimated" if entry.method.startswith("ours") else "")
    slices = " ".join(f"{s:.1f}" for s in entry.slices)
    return [entry.method, note, f"{entry.db:.2f}", slices, lead, f"{entry.seconds:.1f}"]


def grid(entries) -> str:
    """Every multiple of sigma for every method: dB."""
    text = ["### All multiples (dB)\n"]
    multiples = sorted({e.multiple for e in entries if e.multiple is not None})
    rows = []
    for key in dict.fromkeys((e.pair, e.view, e.method) for e in entries if e.multiple is not None):
        found = {e.multiple: e.db for e in entries if (e.pair, e.view, e.method) == key}
        rows.append([*key, *(f"{found[m]:.2f}" if m in found else "–" for m in multiples)])
    text.append(_table(["pair", "view", "method", *(f"x{m:g}" for m in multiples)], rows))
    return "\n".join(text)


def synthetic(bench) -> str:
    rows = bench.rows
    names = list(dict.fromkeys(row.method for row in rows))
    text = [
        "## Simulated noise on volumes never trained on\n",
        f"{len({r.volume for r in rows})} volumes: {', '.join(dict.fromkeys(r.volume for r in rows))}. "
        "PSNR in dB (mean ± SD over volumes) / SSIM / share of fine detail kept; non-local means, total variation "
        "and Gaussian at their best setting, chosen with the truth.\n",
    ]
    cells = []
    for kind in [k.name for k in volumes.KINDS]:
        for sigma in sorted(SIGMAS):
            here = [r for r in rows if (r.kind, r.sigma) == (kind, sigma)]
            if here:
                cells.append([kind, f"{sigma:.1%}", *(_cell(here, name) for name in names)])
    text += [_table(["noise", "sigma", *names], cells), _gains(rows, names), _sigma(bench.sigmas)]
    if AS_STORED in names:
        mine = [name for name in names if name.startswith("ours")]
        text.insert(-1, _gains([r for r in rows if r.kind.startswith("Rician")], mine, AS_STORED))
    return "\n".join(text)


def _cell(rows, name) -> str:
    scores = [r.score for r in rows if r.method == name]
    if not scores:
        return "–"
    means = (np.mean([getattr(s, key) for s in scores]) for key in ("ssim", "detail"))
    return f"{_spread([s.psnr for s in scores])} / " + " / ".join(f"{m:.2f}" for m in means)


def _gains(rows, names, against=BASE) -> str:
    """Gain over BM4D with true sigma, per kind: mean, SD, worst and where."""
    base = {(r.volume, r.kind, r.sigma): r.score.psnr for r in rows if r.method == against}
    if not base:
        return "BM4D is not installed (or not run): no gains over it.\n"
    lines = []
    for name in (n for n in names if n not in (against, "input")):
        chief = name.startswith(("ours", "bm4d"))
        for kind in ("all", *(k.name for k in volumes.KINDS if chief)):
            found = [
                (r.score.psnr - base[key], f"{r.volume}, {r.sigma:.1%}")
                for r in rows
                if r.method == name and kind in ("all", r.kind) and (key := (r.volume, r.kind, r.sigma)) in base
            ]
            if found:
                lines.append(_gain_line(name, kind, found))
    head = ["method", "noise", "cases", "gain, dB", "worst", "better in"]
    stated = ", true sigma" if against == BASE else ""
    return f"### Gain over {against}{stated}\n\n" + _table(head, lines)


def _gain_line(name, kind, found):
    gains, worst = np.array([gain for gain, _ in found]), min(found)
    bad = f"{worst[0]:+.2f} ({worst[1]})"
    return [name, kind, len(found), _spread(gains), bad, f"{np.mean(gains > 0):.0%}"]


def _sigma(rows) -> str:
    lines = []
    for kind in [k.name for k in volumes.KINDS]:
        here = [r for r in rows if r.kind == kind]
        for label, error in SIGMA_ROWS.items():
            errors = np.array([error(r) for r in here], float)
            errors = errors[np.isfinite(errors)]
            if errors.size:
                aim = 0.05 if kind.startswith("white") else 0.10
                worst = errors[np.argmax(np.abs(errors))]
                within = f"{np.mean(np.abs(errors) <= aim):.0%} within {aim:.0%}"
                lines.append([kind, label, f"{errors.mean():+.1%} ± {errors.std():.1%}", f"{worst:+.1%}", within])
    head = ["noise", "estimator", "error of sigma", "worst", "aim"]
    note = (
        "All noise: with the reference's own (`own_noise`), which an honest estimate reads where it looks; "
        "beyond either: how far outside of the added and all noise. "
        "Library: scikit-image's MAD; dipy's local estimate for magnitudes.\n"
    )
    return "### Sigma as estimated\n\n" + _table(head, lines) + "\n" + note


def speed(found) -> str:
    base = next((s for s in found if s.method == BASE), None)
    rows = []
    for s in found:
        ratio = f"{base.cpu_seconds / s.cpu_seconds:.0f}x ({base.seconds / s.seconds:.0f}x)" if base else "–"
        share, low, high = (f"{value:.0%}" for value in s.network_share)
        shares = f"{share} ({low} to {high}), by the clock {s.network_clock_share:.0%}, whole {s.share:.0%}"
        work = f"{s.gflop:.0f}" if np.isfinite(s.gflop) else "–"
        rows.append(
            [
                s.method,
                f"{s.seconds:.1f}",
                f"{s.cpu_seconds:.1f}",
                ratio,
                work,
                shares if np.isfinite(s.share) else "–",
                f"{s.peak_mb:.0f} ({s.baseline_mb:.0f})",
            ]
        )
    head = [
        "method",
        "s",
        "CPU s",
        "faster than BM4D: CPU (clock)",
        "GFLOP",
        "share of matrix multiply (network alone: median, range of 5)",
        "peak MB (after warm-up)",
    ]
    return "## Speed, 112 x 112 x 56 magnitudes\n\n" + _table(head, rows)


def lesions(study) -> str:
    rows = []
    for f in study.findings:
        kept = f"{f.kept:.2f} ({f.kept_low:.2f} to {f.kept_high:.2f})"
        auc = f"{f.auc:.2f} ({f.auc_low:.2f} to {f.auc_high:.2f})"
        known = f"{f.auc_known:.2f} ({f.auc_known_low:.2f} to {f.auc_known_high:.2f})"
        rows.append([f"{f.size_mm:g} mm", f"{f.contrast:.0%}", f.method, f.lesions, kept, auc, known])
    rows.sort(key=lambda row: (float(row[0][:-3]), float(row[1][:-1])))
    head = ["size", "contrast", "method", "lesions", "contrast kept", "AUC, anatomy unknown", "AUC, anatomy known"]
    spots = [[f"{i.size_mm:g} mm", i.method, f"{i.per_100_cm2:.1f}", i.spots] for i in study.invented]
    spots.sort(key=lambda row: float(row[0][:-3]))
    text = "## Lesions put into volumes never trained on\n\n" + (real_lesions.__doc__ or "").split("\n\n", 1)[1]
    text += "\n" + _table(head, rows) + "\n### Error that looks like a lesion, where there is none\n\n"
    return text + _table(["size", "method", "spots per 100 cm²", "spots"], spots)


def siblings(rows) -> str:
    lines = []
    for contrast, method in dict.fromkeys((r.contrast, r.method) for r in rows):
        here = [r for r in rows if (r.contrast, r.method) == (contrast, method)]
        slices = " ".join(f"{r.cnr:.2f}" for r in here)
        kept = " ".join(f"{r.edges:.2f}" if np.isfinite(r.edges) else "–" for r in here)
        lines.append([contrast, method, _spread([r.cnr for r in here]), slices, kept])
    head = ["contrast", "method", "CNR", "CNR by slice", "edges kept, by slice"]
    text = "## 55 mT beside 3 T\n\n" + (real_siblings.__doc__ or "").split("\n\n", 1)[1]
    return text + "\n" + _table(head, lines)

"""Contact sheets of axial brain slices: before, after, beside what others give, and what was taken away.

No picture shows a face: slices below the eyes are left out.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from denoising import hku, methods, ours
from denoising.cache import Cache, NotCached

ZOOM = 3
LINE = 16
RESIDUAL_SIGMA = 4.0
BRAIN_SLICES = (1, 2, 3)
"""Of the repeats: slice 0 cuts the orbits."""


def sheet(rows, labels, path: Path) -> None:
    """Write rows of equally large planes (values 0..1) under their labels."""
    height, width = rows[0][0].shape
    canvas = Image.new("L", (len(labels) * (width * ZOOM + 4), len(rows) * (height * ZOOM + 4) + LINE), 24)
    draw = ImageDraw.Draw(canvas)
    for column, label in enumerate(labels):
        draw.text((column * (width * ZOOM + 4) + 4, 2), label, fill=230)
    for r, row in enumerate(rows):
        for c, plane in enumerate(row):
            pixels = Image.fromarray((np.clip(plane, 0, 1) * 255).astype(np.uint8))
            large = pixels.resize((width * ZOOM, height * ZOOM), Image.Resampling.BICUBIC)
            canvas.paste(large, (c * (width * ZOOM + 4), LINE + r * (height * ZOOM + 4)))
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.save(path, optimize=True)


def residual(given, result, sigma):
    """Return what was taken away from the magnitude: mid grey is nothing, black and white are four sigma."""
    return (np.abs(given) - np.abs(result)) / sigma / (2 * RESIDUAL_SIGMA) + 0.5


def repeats(cache: Cache, data: Path, model: str, out: Path) -> None:
    """Denoise the first of each pair of repeats; the mean of both is the reference."""
    for pair in hku.pairs(data):
        sigma = hku.corner_sigma(pair.a) * pair.unit
        images = {"as acquired": pair.a, model: ours.run(cache, pair.a, None, model).image}
        images |= _others(cache, pair, sigma * 1.35)
        rows = []
        for k in BRAIN_SLICES:
            planes = [image[k][pair.window] for image in images.values()]
            left = [residual(planes[0], plane, sigma) for plane in planes[1:]]
            mean = np.abs(pair.a + pair.b)[k][pair.window] / 2
            rows.append([*(np.abs(p) / 0.9 for p in planes), mean / 0.9, *left])
        labels = [*images, "mean of both repeats", *(f"taken away: {name}" for name in list(images)[1:])]
        sheet(rows, labels, out / f"repeats-{pair.name.replace(' ', '-')}.png")


def _others(cache: Cache, pair, sigma: float):
    found = {}
    for name in ("bm4d", "nlm"):
        if methods.missing(name):
            continue
        rows, columns = pair.window
        try:
            made = methods.run(cache, name, np.ascontiguousarray(pair.a[:, rows, columns]), sigma, rician="")
        except NotCached:
            continue
        found[name] = np.zeros_like(pair.a)
        found[name][:, rows, columns] = made.image
    return found


def siblings(pictures, out: Path) -> None:
    """Show each 55 mT contrast beside the registered 3 T slice and the tissues taken from it."""
    for contrast, (images, tissues) in pictures.items():
        rows = []
        for k, tissue in enumerate(tissues):
            masks = tissue.masks
            classes = 0.3 * masks["fluid"] + 0.6 * masks["grey"] + 0.95 * masks["white"]
            peak = np.percentile(np.abs(images["input"][k])[masks["inside"]], 99) * 1.1
            high = tissue.image / (np.percentile(tissue.image[masks["inside"]], 99) * 1.1)
            rows.append([*(np.abs(image[k]) / peak for image in images.values()), high, classes])
        sheet(rows, [*images, "3 T, registered", "tissues"], out / f"siblings-{contrast}.png")

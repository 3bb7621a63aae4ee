"""55 mT scans beside 3 T scans of the same head (Liu et al. 2021, Figure 6A): contrast and edges before and after.

The files hold the 3 T slices turned by half a turn. Each is brought onto its 55 mT slice by a planar affine
registration (mutual information, SimpleITK). Its grey values give three classes (Otsu, two thresholds) inside the
head, eroded so that skull and scalp are out: fluid (CSF, lesion), grey and white matter; fluid and white matter
are shrunk by one voxel against partial volume. FLAIR at 3 T hides fat that shines at 55 mT, which misleads
the registration: FLAIR uses what the T2 images of the same slices gave.

``cnr``: difference of the means of grey and white matter (FLAIR: fluid and white matter) over the SD in white
matter once its shading (4 voxels) is taken off. ``edges``: share of the input's fine detail that is kept, counting
only what 3 T confirms (instrumental variables: <denoised, 3 T> / <input, 3 T>); 1: as sharp as the input;
only where input and 3 T correlate by more than 0.1.
"""

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import io, ndimage

from denoising import hku, methods, ours
from denoising.cache import Cache, NotCached

CONTRASTS = {"FSE": "3T_T2w", "FLAIR": "3T_T2w", "GRE": "3T_T1w"}
ORDER = {"FSE": ("white", "grey", "fluid"), "GRE": ("fluid", "grey", "white")}
"""Tissues from dark to bright."""
COMPARED = {"FSE": ("grey", "white"), "FLAIR": ("fluid", "white"), "GRE": ("grey", "white")}
MULTIPLE = 1.35
"""Of the corner's sigma, for BM4D and non-local means: near their best on the real repeats."""
FINE, SHADING = 1.0, 4.0
CONFIRMED = 0.1


@dataclass
class Sibling:
    contrast: str
    slice: int
    method: str
    cnr: float
    edges: float

    def public(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Tissue:
    """Masks (rows, columns) on the 55 mT grid, and the registered 3 T slice they come from."""

    image: Any
    masks: dict[str, Any]
    thresholds: tuple[float, float]
    similarity: float


def scans(data: Path):
    """Yield (contrast, 55 mT complex (slices, rows, columns), 3 T (slices, rows, columns))."""
    folder = data / "hku_55mT" / "Figure 6A"
    for contrast, name in CONTRASTS.items():
        low = hku.image_of(io.loadmat(folder / "0.055T" / f"0.055T_{contrast}_kspace_postEMI.mat")["kspace"])
        high = np.abs(io.loadmat(folder / "3T" / f"{name}.mat")["image"]).transpose(2, 0, 1)[:, ::-1, ::-1]
        yield contrast, low / np.percentile(np.abs(low), 99.5), high / np.percentile(high, 99.5)


def register(low, high):
    """Return the 3 T slice on the 55 mT grid, and their mutual information (negative: better)."""
    import SimpleITK as sitk

    fixed = sitk.GetImageFromArray(ndimage.gaussian_filter(low, 0.7).astype(np.float32))
    moving = sitk.GetImageFromArray(high.astype(np.float32))
    scale = [f / m for f, m in zip(fixed.GetSize(), moving.GetSize())]
    moving.SetSpacing(scale)  # both fill about the same field of view
    start = sitk.CenteredTransformInitializer(
        fixed, moving, sitk.AffineTransform(2), sitk.CenteredTransformInitializerFilter.MOMENTS
    )
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)  # the same answer on every run
    method.SetMetricAsMattesMutualInformation(32)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-4, 200)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SetInitialTransform(start, inPlace=False)
    transform = method.Execute(fixed, moving)
    smooth = sitk.SmoothingRecursiveGaussian(moving, 0.4)
    resampled = sitk.Resample(smooth, fixed, transform, sitk.sitkLinear, 0.0)
    return sitk.GetArrayFromImage(resampled), float(method.GetMetricValue())


def tissue(contrast: str, low, high) -> Tissue:
    image, similarity = register(low, high)
    head = ndimage.binary_fill_holes(ndimage.gaussian_filter(image, 2) > 0.15)
    distance = ndimage.distance_transform_edt(head)
    inside = distance > 0.28 * distance.max()
    if contrast == "GRE":
        inside &= image < 2 * np.median(image[inside])  # fat outshines the brain
    thresholds = otsu(image[inside])
    levels = np.digitize(image, thresholds)
    masks = {name: (levels == n) & inside for n, name in enumerate(ORDER[contrast])}
    masks |= {name: ndimage.binary_erosion(masks[name]) for name in ("white", "fluid")}
    return Tissue(image, masks | {"inside": inside}, thresholds, similarity)


def otsu(values, bins: int = 96) -> tuple[float, float]:
    """Return the two thresholds that part values into the three most compact classes (Otsu 1979)."""
    counts, edges = np.histogram(values, bins)
    centres = (edges[1:] + edges[:-1]) / 2
    weight, total = np.cumsum(counts), np.cumsum(counts * centres)
    best, answer = -1.0, (float(centres[0]), float(centres[-1]))
    for i in range(1, bins - 1):
        for j in range(i + 1, bins):
            ends = [0, i, j, bins]
            score = 0.0
            for a, b in itertools.pairwise(ends):
                n = weight[b - 1] - (weight[a - 1] if a else 0)
                s = total[b - 1] - (total[a - 1] if a else 0)
                score += s * s / n if n else 0.0
            if score > best:
                best, answer = score, (float(edges[i]), float(edges[j]))
    return answer


def cnr(image, masks, names) -> float:
    one, other = (image[masks[name]].mean() for name in names)
    white = masks["white"].astype(float)
    weight = np.maximum(ndimage.gaussian_filter(white, SHADING), 1e-6)
    shading = ndimage.gaussian_filter(image * white, SHADING) / weight
    return float(abs(one - other) / (image - shading)[masks["white"]].std())


def edges(image, given, tissue: Tissue) -> float:
    """Return the share of confirmed detail, NaN where the 3 T slice confirms too little to judge."""
    inside = tissue.masks["inside"]
    fine = [(x - ndimage.gaussian_filter(x, FINE))[inside] for x in (image, given, tissue.image)]
    confirmed = np.sum(fine[1] * fine[2]) / np.sqrt(np.sum(fine[1] ** 2) * np.sum(fine[2] ** 2))
    kept = np.sum(fine[0] * fine[2]) / np.sum(fine[1] * fine[2])
    return float(kept) if abs(confirmed) > CONFIRMED else float("nan")


def run(cache: Cache, data: Path, models, say=print):
    """Return the rows, and per contrast what the pictures need: images by method and tissues by slice."""
    rows, pictures = [], {}
    tissues: list[Tissue] = []
    for contrast, low, high in scans(data):
        if contrast in ORDER:
            tissues = [tissue(contrast, np.abs(a), b) for a, b in zip(low, high)]
        images = _images(cache, low, models)
        for method, image in images.items():
            for k, found in enumerate(tissues):
                plane = np.abs(image[k])
                contrast_noise = cnr(plane, found.masks, COMPARED[contrast])
                kept = edges(plane, np.abs(low[k]), found)
                rows.append(Sibling(contrast, k, method, contrast_noise, kept))
        pictures[contrast] = (images, tissues)
        thresholds = " ".join(f"{a:.2f}/{b:.2f}" for a, b in (t.thresholds for t in tissues))
        say(f"  {contrast}: 3 T thresholds by slice {thresholds}")
    return rows, pictures


def _images(cache: Cache, low, models):
    images = {"input": low}
    for model in models:
        images[f"ours {model}"] = ours.run(cache, low, None, model).image
    sigma = hku.corner_sigma(low) * MULTIPLE
    rows, columns = hku.around(ndimage.gaussian_filter(np.abs(low), (0, 3, 3)) > 0.15, 6)
    for name in ("bm4d", "nlm"):
        if methods.missing(name):
            continue
        try:
            made = methods.run(cache, name, np.ascontiguousarray(low[:, rows, columns]), sigma)
        except NotCached:
            continue
        images[name] = np.zeros_like(low)
        images[name][:, rows, columns] = made.image
    return images

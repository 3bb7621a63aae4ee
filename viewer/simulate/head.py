"""A human head from formulas and one seed: tissue fractions on any axial grid, and its MR image.

No atlas, no patient: see ``anatomy/``. Labels are painted on a finer grid and averaged, so every voxel
border carries its partial volume.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.core.progress import Progress, silent
from viewer.core.volume import Origin, Volume
from viewer.simulate.anatomy.cortex import paint_cerebrum
from viewer.simulate.anatomy.deep import paint_deep
from viewer.simulate.anatomy.face import paint_face
from viewer.simulate.anatomy.hindbrain import paint_hindbrain
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.anatomy.lesions import Lesion, draw_lesions, paint_lesions
from viewer.simulate.anatomy.outline import paint_outline
from viewer.simulate.anatomy.person import Person
from viewer.simulate.anatomy.shapes import Point
from viewer.simulate.anatomy.skull import paint_membranes, paint_skull
from viewer.simulate.anatomy.slab import Slab
from viewer.simulate.coil import background_phase, receive_sensitivity
from viewer.simulate.grid import axial_geometry, sample_slice, slice_fractions
from viewer.simulate.tissue import Sequence, signal, tissue_table

SHAPE = (40, 136, 112)
SPACING_MM = (5.0, 1.6, 1.6)
CENTER_LPS_MM = (0.0, 5.0, -8.0)
"""Centre of the default grid; the origin lies between the commissures."""
FINE_MM = (1.25, 0.8, 0.8)
"""Sub-voxels are at most this large (slice, row, column)."""


@dataclass(frozen=True, eq=False)
class HeadPhantom:
    """One simulated head on one grid.

    ``fractions`` (tissues, slices, rows, columns) float32, summing to 1 in every voxel; tissues in the order
    of `Tissue`. ``lesions`` lists what was planted. Axial, LPS: rows run to the back, columns to the left.
    """

    fractions: NDArray[np.float32]
    geometry: Geometry
    person: Person
    lesions: tuple[Lesion, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Tissue names, in the order of the first axis of ``fractions``."""
        return tuple(tissue.name for tissue in tissue_table())

    @cached_property
    def labels(self) -> NDArray[np.uint8]:
        """The tissue that fills most of each voxel, as `Tissue` (slices, rows, columns)."""
        return np.asarray(np.argmax(self.fractions, axis=0), dtype=np.uint8)

    @cached_property
    def marbling(self) -> NDArray[np.float32]:
        """Smooth texture (slices, rows, columns), mean 0 and SD 1, that tissues carry in small proportion."""
        grid = np.indices(self.geometry.shape, dtype=np.float32).reshape(3, -1).T
        x, y, z = self.geometry.to_lps(grid).T.astype(np.float32)
        return self.person.marbling(x, y, z).reshape(self.geometry.shape)

    def contrast(self, sequence: Sequence) -> NDArray[np.float32]:
        """Return the noise-free signal (slices, rows, columns), signed, with an ideal coil; water is at most 1."""
        total = np.zeros(self.geometry.shape, np.float32)
        texture = np.zeros_like(total)
        for fraction, tissue in zip(self.fractions, tissue_table()):
            amount = fraction * np.float32(signal(tissue, sequence))
            total += amount
            texture += amount * np.float32(tissue.marbling)
        return total + texture * self.marbling

    def image(self, sequence: Sequence) -> NDArray[np.complex64]:
        """Return the complex image (slices, rows, columns) as a coil receives it: shading and phase included."""
        shading = receive_sensitivity(self.geometry, self.person.seed)
        phase = background_phase(self.geometry, self.person.seed)
        return np.asarray(self.contrast(sequence) * shading * np.exp(1j * phase), dtype=np.complex64)

    def volume(self, sequence: Sequence, description: str, data: NDArray[Any] | None = None) -> Volume:
        """Return ``data`` (default: the clean complex image) as a volume that says it is simulated."""
        origin = Origin(
            patient_name="Simulated^Head",
            patient_id=f"SIM-HEAD-{self.person.seed}",
            series_description=description,
            modality="MR",
            manufacturer="Lowfield simulator",
            field_strength_t=0.064,
            simulated=True,
        )
        return Volume(self.image(sequence) if data is None else data, self.geometry, origin=origin)


def head_phantom(
    seed: int = 1,
    shape: tuple[int, int, int] = SHAPE,
    spacing_mm: Point = SPACING_MM,
    lesions: int = 0,
    center_lps_mm: Point = CENTER_LPS_MM,
    progress: Progress = silent,
) -> HeadPhantom:
    """Draw the head of ``seed`` on an axial grid around ``center_lps_mm``; plant ``lesions`` in white matter."""
    person = Person.draw(seed)
    geometry = axial_geometry(shape, spacing_mm, center_lps_mm, person)
    planted = draw_lesions(person, lesions)
    fine = tuple(max(1, int(np.ceil(a / b - 1e-6))) for a, b in zip(spacing_mm, FINE_MM))
    fractions = np.empty((len(Tissue), *shape), np.float32)
    for k in range(shape[0]):
        slab = sample_slice(geometry, k, fine, person)
        paint(slab, person, planted)
        fractions[:, k] = slice_fractions(slab.labels, fine)
        progress((k + 1) / shape[0], "Drawing a head")
    return HeadPhantom(fractions, geometry, person, planted)


def paint(slab: Slab, person: Person, lesions: tuple[Lesion, ...]) -> None:
    """Paint one slab from outside in."""
    paint_outline(slab, person)
    paint_face(slab, person)
    paint_skull(slab, person)
    paint_cerebrum(slab, person)
    paint_hindbrain(slab, person)
    paint_deep(slab, person)
    paint_membranes(slab, person)
    paint_lesions(slab, lesions)

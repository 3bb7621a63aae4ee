"""The process that renders maximum intensity projections with VTK, off screen.

VTK runs here and not in the window's process, so that a broken OpenGL driver costs the projection and nothing
else, and so that a slow frame never holds up the mouse. This module must not import Qt.
"""

from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL = 65535
READY = "ready"


@dataclass(frozen=True, eq=False)
class Body:
    """What is projected: ``data`` (slices, rows, columns), ``affine`` (4, 4) from index (k, j, i) to LPS mm."""

    data: NDArray[np.uint16]
    affine: NDArray[np.float64]

    @property
    def corners_lps_mm(self) -> NDArray[np.float64]:
        """The eight corners (8, 3), voxel borders included."""
        ends = np.stack(np.meshgrid(*[(-0.5, n - 0.5) for n in self.data.shape], indexing="ij"), -1)
        return np.asarray(ends.reshape(-1, 3) @ self.affine[:3, :3].T + self.affine[:3, 3])


@dataclass(frozen=True)
class Frame:
    """One picture: ``angle`` in degrees around the patient, 0 from the front, 90 from the patient's right."""

    angle: float
    low: float
    high: float
    """Numbers of ``Body.data`` that become 0 and 255."""
    size: tuple[int, int]
    """(width, height), pixels"""


def view_axes(angle: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the unit vectors (right on the screen, into the screen) in LPS for an angle in degrees."""
    turn = np.radians(angle)
    into = np.array([np.sin(turn), np.cos(turn), 0.0])
    return np.array([np.cos(turn), -np.sin(turn), 0.0]), into


def serve(connection: Connection) -> None:
    """Answer requests until the other end closes: a `Body` is kept, a `Frame` gives (height, width) uint8."""
    from vtkmodules.vtkCommonCore import vtkLogger, vtkObject

    vtkObject.GlobalWarningDisplayOff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    scene: Any = None
    connection.send(READY)
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        if isinstance(request, Body):
            scene = Scene(request)
            connection.send(READY)
        else:
            connection.send(scene.render(request))


class Scene:
    """A VTK volume seen along a parallel projection."""

    def __init__(self, body: Body) -> None:
        import vtkmodules.vtkRenderingOpenGL2  # registers the render window
        import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  registers what copies the rays to it
        from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

        corners = body.corners_lps_mm
        self._center = (corners.min(axis=0) + corners.max(axis=0)) / 2
        self._half_height = float(np.ptp(corners[:, 2])) / 2
        self._property = _volume_property()
        self._renderer = vtkRenderer()
        self._renderer.AddVolume(_volume(body, self._property))
        self._renderer.SetBackground(0, 0, 0)
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.AddRenderer(self._renderer)

    def render(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the brightness (height, width) of one frame."""
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        _set_window(self._property, frame.low, frame.high)
        self._aim(frame.angle)
        width, height = frame.size
        self._window.SetSize(width, height)
        self._window.Render()
        pixels = vtkUnsignedCharArray()
        self._window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
        rgb: NDArray[np.uint8] = vtk_to_numpy(pixels).reshape(height, width, 3)  # type: ignore[no-untyped-call]
        return rgb[::-1, :, 0].copy()

    def _aim(self, angle: float) -> None:
        _, into = view_axes(angle)
        camera = self._renderer.GetActiveCamera()
        camera.ParallelProjectionOn()
        camera.SetFocalPoint(*self._center)
        camera.SetPosition(*(self._center - 2000.0 * into))
        camera.SetViewUp(0, 0, 1)
        camera.SetParallelScale(self._half_height)
        self._renderer.ResetCameraClippingRange()


def _volume(body: Body, volume_property: Any) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkRenderingCore import vtkVolume
    from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper

    steps = np.linalg.norm(body.affine[:3, :3], axis=0)
    image = vtkImageData()
    image.SetDimensions(*body.data.shape[::-1])
    image.SetSpacing(*steps[::-1])
    scalars: Any = numpy_to_vtk(body.data.ravel(), deep=True)  # type: ignore[no-untyped-call]
    image.GetPointData().SetScalars(scalars)
    mapper = vtkFixedPointVolumeRayCastMapper()  # on the processor: the same picture on every machine
    mapper.SetInputData(image)
    mapper.SetBlendModeToMaximumIntensity()
    mapper.SetNumberOfThreads(2)
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetSampleDistance(float(steps.min()))
    matrix = vtkMatrix4x4()
    for row in range(3):
        for column in range(3):
            matrix.SetElement(row, column, body.affine[row, 2 - column] / steps[2 - column])
        matrix.SetElement(row, 3, body.affine[row, 3])
    volume = vtkVolume()
    volume.SetMapper(mapper)
    volume.SetProperty(volume_property)
    volume.SetUserMatrix(matrix)
    return volume


def _volume_property() -> Any:
    from vtkmodules.vtkRenderingCore import vtkVolumeProperty

    made = vtkVolumeProperty()
    made.SetInterpolationTypeToLinear()
    return made


def _set_window(volume_property: Any, low: float, high: float) -> None:
    from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

    low, high = min(low, FULL - 1), max(high, low + 1)
    colors = vtkColorTransferFunction()
    colors.AddRGBPoint(low, 0, 0, 0)
    colors.AddRGBPoint(high, 1, 1, 1)
    solid = vtkPiecewiseFunction()
    solid.AddPoint(0, 1)
    solid.AddPoint(FULL, 1)
    volume_property.SetColor(colors)
    volume_property.SetScalarOpacity(solid)

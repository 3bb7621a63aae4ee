"""Raw files of MaRGE consoles, written here as the console's own source does it."""

import numpy as np
import pytest
import scipy.io

from viewer.core.errors import LowfieldError
from viewer.core.progress import silent
from viewer.formats import mat

RNG = np.random.default_rng(5)
SIZE = (20, 18, 14)
"""nPoints: readout, phase, slice."""
FOV_CM = (12.0, 15.0, 18.0)
"""Along the gradient axes x, y, z."""
AXES = {(2, 1, 0): "transversal", (0, 1, 2): "sagittal", (2, 0, 1): "coronal", (1, 2, 0): "transversal, swapped"}
PATIENT = {0: (0, 0, -1), 1: (0, 1, 0), 2: (1, 0, 0)}
"""Where x, y, z of the gradients point (LPS), feet first and supine, per the console's DICOM export."""


def wave_numbers(axes, size=SIZE):
    """k along readout, phase, slice in cycles per metre, as the console spaces them."""
    fov_m = [FOV_CM[axis] / 100 for axis in axes]
    return [np.linspace(-n / 2 / f, n / 2 / f, n, endpoint=False) for n, f in zip(size, fov_m)]


def point(axes, where_m, dfov_m=(0, 0, 0), size=SIZE):
    """k-space (slice, phase, readout) of a point at gradient x, y, z, moved by dfov as the console does."""
    k_rd, k_ph, k_sl = wave_numbers(axes, size)
    along = [where_m[axis] - dfov_m[axis] for axis in axes]
    return np.exp(
        -2j
        * np.pi
        * (k_sl[:, None, None] * along[2] + k_ph[None, :, None] * along[1] + k_rd[None, None] * along[0])
    )


def save(path, kspace, axes=(2, 1, 0), as_samples=False, **more):
    size = kspace.shape[::-1]
    k_rd, k_ph, k_sl = wave_numbers(axes, size)
    fields = {
        "nPoints": np.array(size),
        "axesOrientation": np.array(axes),
        "fov": np.array(FOV_CM),
        "dfov": np.zeros(3),
        "larmorFreq": 3.066,
        "nScans": 1,
        "seqName": "RareDoubleImage",
        "bw_MHz": 0.05,
    }
    if as_samples:
        ph, sl, rd = np.meshgrid(k_ph, k_sl, k_rd)
        fields["sampledCartesian"] = np.stack([rd.ravel(), ph.ravel(), sl.ravel(), kspace.ravel()], axis=1)
    else:
        fields["kSpace3D"] = kspace
    scipy.io.savemat(path, {**fields, **more})
    return path


def load(path, item=None):
    return mat.load(path, item or mat.entries(path)[0].item, silent)


def brightest_lps(volume) -> np.ndarray:
    index = np.unravel_index(np.abs(volume.data).argmax(), volume.data.shape)
    return volume.geometry.to_lps(index)


@pytest.mark.parametrize("axes", list(AXES))
@pytest.mark.parametrize("as_samples", [False, True])
def test_a_point_is_found_where_it_is_in_the_patient(tmp_path, axes, as_samples):
    step = [FOV_CM[axis] / 100 / n for axis, n in zip(axes, SIZE)]
    where = np.zeros(3)
    for axis, n, s in zip(axes, (4, -3, 2), step):
        where[axis] = n * s
    volume = load(save(tmp_path / "a.mat", point(axes, where), axes, as_samples))
    expected = 1000 * sum(where[axis] * np.array(PATIENT[axis]) for axis in range(3))
    np.testing.assert_allclose(brightest_lps(volume), expected, atol=1e-6)
    assert volume.geometry.spacing_mm == pytest.approx([1000 * s for s in step[::-1]])


def test_a_shifted_field_of_view_moves_with_the_patient(tmp_path):
    dfov_mm = np.array([10.0, -20.0, 5.0])
    where = np.array([10.0, -20.0, 5.0]) / 1000  # the middle of the shifted field
    kspace = point((2, 1, 0), where, dfov_mm / 1000)
    volume = load(save(tmp_path / "a.mat", kspace, dfov=dfov_mm))
    expected = sum(dfov_mm[axis] * np.array(PATIENT[axis]) for axis in range(3))
    np.testing.assert_allclose(brightest_lps(volume), expected, atol=1e-6)


def test_the_image_is_the_consoles_times_the_root_of_its_points(tmp_path):
    kspace = RNG.normal(size=SIZE[::-1]) + 1j * RNG.normal(size=SIZE[::-1])
    console = np.fft.ifftshift(np.fft.ifftn(np.fft.ifftshift(kspace)))
    volume = load(save(tmp_path / "a.mat", kspace))
    np.testing.assert_allclose(volume.data, console * np.sqrt(kspace.size), atol=1e-5)


def test_field_strength_and_what_is_unknown(tmp_path):
    volume = load(save(tmp_path / "knee.mat", point((2, 1, 0), np.zeros(3))))
    assert volume.origin.field_strength_t == pytest.approx(0.072, abs=1e-4)
    assert volume.origin.manufacturer == "MaRGE"
    assert volume.origin.series_description == "knee"
    assert any("feet first" in each for each in volume.warnings)


def test_two_echo_images_are_kept_apart_and_their_sum_is_a_magnitude(tmp_path):
    noise = [RNG.normal(size=SIZE[::-1]) + 1j * RNG.normal(size=SIZE[::-1]) for _ in range(2)]
    odd, even = (60 * point((2, 1, 0), np.zeros(3)) + each for each in noise)
    image = sum(np.abs(np.fft.ifftshift(np.fft.ifftn(np.fft.ifftshift(k)))) for k in (odd, even)) / 2
    both = np.fft.fftshift(np.fft.fftn(np.fft.fftshift(image)))
    path = save(tmp_path / "a.mat", both, kSpace3D_odd_echoes=odd, kSpace3D_even_echoes=even)
    entries = mat.entries(path)
    assert [each.description for each in entries] == ["a odd echoes", "a even echoes", "a combined"]
    first, second, combined = (load(path, each.item) for each in entries)
    assert first.is_complex
    assert second.is_complex
    assert not np.allclose(first.data, second.data)
    assert combined.data.dtype == np.float32
    np.testing.assert_allclose(combined.data, image * np.sqrt(odd.size), atol=2e-3)


class TestNoise:
    sigma = 2.5

    def kspace(self, zeros=0):
        kspace = self.sigma * (RNG.normal(size=(14, 48, 40)) + 1j * RNG.normal(size=(14, 48, 40)))
        s, p, r = np.ogrid[-7:7, -24:24, -20:20]
        kspace += 3000 * np.exp(-(s**2 / 2 + p**2 / 18 + r**2 / 18))  # a smooth head, far from the corners
        if zeros:
            kspace[-zeros:] = 0
        return kspace

    def readout(self, sigma, n=4000):
        return sigma * (RNG.normal(size=n) + 1j * RNG.normal(size=n))

    def test_the_noise_readout_gives_sigma_in_image_units(self, tmp_path):
        path = save(tmp_path / "a.mat", self.kspace(), data_noise=self.readout(self.sigma))
        volume = load(path)
        assert volume.noise_sigma == pytest.approx(self.sigma, rel=0.05)
        air = volume.data[:, :8, :8]
        assert volume.noise_sigma == pytest.approx(np.concatenate([air.real, air.imag]).std(), rel=0.05)

    def test_averages_and_unfilled_planes_are_counted(self, tmp_path):
        path = save(tmp_path / "a.mat", self.kspace(zeros=5), data_noise=self.readout(self.sigma * 2), nScans=4)
        volume = load(path)
        assert volume.noise_sigma == pytest.approx(self.sigma * np.sqrt(9 / 14), rel=0.05)
        air = volume.data[:, :8, :8]
        assert volume.noise_sigma == pytest.approx(np.concatenate([air.real, air.imag]).std(), rel=0.1)
        assert any("64.3 % of k-space" in each for each in volume.warnings)

    def test_a_readout_at_another_rate_is_not_believed(self, tmp_path):
        volume = load(save(tmp_path / "a.mat", self.kspace(), data_noise=self.readout(self.sigma * 2.4)))
        assert volume.noise_sigma is None
        assert any("data_noise" in each for each in volume.warnings)

    def test_other_numbers_have_no_known_noise(self, tmp_path):
        volume = load(save(tmp_path / "a.mat", self.kspace(), data_noise=self.readout(self.sigma)))
        assert volume.with_data(volume.data * 2).noise_sigma is None


class TestRefused:
    def test_samples_off_a_grid(self, tmp_path):
        path = save(tmp_path / "a.mat", point((2, 1, 0), np.zeros(3)), as_samples=True)
        content = scipy.io.loadmat(path)
        content["sampledCartesian"][:, :3] += RNG.normal(size=(content["sampledCartesian"].shape[0], 3)) * 5
        scipy.io.savemat(path, {k: v for k, v in content.items() if k[0] != "_"})
        with pytest.raises(LowfieldError, match="Cartesian"):
            load(path)

    def test_points_that_do_not_fit(self, tmp_path):
        path = save(tmp_path / "a.mat", point((2, 1, 0), np.zeros(3)), nPoints=np.array([20, 18, 13]))
        with pytest.raises(LowfieldError, match="nPoints"):
            load(path)

    @pytest.mark.parametrize("field", ["fov", "axesOrientation", "dfov"])
    def test_missing_fields_are_told_and_not_invented(self, tmp_path, field):
        path = save(tmp_path / "a.mat", point((2, 1, 0), np.zeros(3)))
        content = {k: v for k, v in scipy.io.loadmat(path).items() if k[0] != "_" and k != field}
        scipy.io.savemat(path, content)
        assert any(f"no {'field of view' if field == 'fov' else ''}" in each for each in load(path).warnings)
        assert any(field in each for each in load(path).warnings)

"""Raw ISMRMRD files of known objects: where a point lands, what noise it has, what is refused."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.progress import silent
from viewer.formats import ismrmrd

RNG = np.random.default_rng(11)
TURN = Rotation.random(random_state=4).as_matrix()
CENTER = np.array([12.0, -30.0, 55.0])


def load(path, n=0):
    return ismrmrd.load(path, ismrmrd.entries(path)[n].item, silent)


def said(volume) -> str:
    return " ".join(volume.warnings)


def readouts(mrd, kspace, **fields):
    """(channels, partitions, rows, samples) → acquisitions, one a line."""
    _, partitions, rows, _ = kspace.shape
    return [mrd.acquisition(kspace[:, p, r], r, p, **fields) for p in range(partitions) for r in range(rows)]


def signal(size, fov_mm, point_mm, axes=TURN, center=CENTER):
    """The signal equation for one point: exp(-i2πk·(r - centre)), k zero at n // 2; (1, z, y, x)."""
    along = axes @ (np.asarray(point_mm) - center)
    k = [(np.arange(n) - n // 2) / f for n, f in zip(size, fov_mm)]
    phase = k[2][:, None, None] * along[2] + k[1][None, :, None] * along[1] + k[0][None, None] * along[0]
    return np.exp(-2j * np.pi * phase)[None]


def turned(**fields):
    return {"read_dir": TURN[0], "phase_dir": TURN[1], "slice_dir": TURN[2], "position": CENTER, **fields}


@pytest.mark.parametrize("size", [(32, 24, 16), (33, 25, 15)])
def test_a_point_of_a_3d_scan_is_found_where_it_is(mrd, tmp_path, size):
    fov = (256.0, 216.0, 160.0)
    step = np.array(fov) / size
    point = CENTER + TURN.T @ (np.array([5, -4, 3]) * step)
    path = mrd.raw(
        tmp_path / "a.h5",
        readouts(mrd, signal(size, fov, point), **turned()),
        mrd.xml(size, fov, centers=(size[1] // 2, size[2] // 2)),
    )
    volume = load(path)
    index = np.unravel_index(np.abs(volume.data).argmax(), volume.data.shape)
    np.testing.assert_allclose(volume.geometry.to_lps(index), point, atol=1e-4)
    assert volume.geometry.spacing_mm == pytest.approx(step[::-1])
    np.testing.assert_allclose(volume.geometry.directions[::-1], TURN, atol=1e-6)
    assert np.abs(volume.data).max() == pytest.approx(np.sqrt(np.prod(size)), rel=1e-4)


@pytest.mark.parametrize("wanted", [32, 31])
def test_readout_oversampling_goes_and_the_point_stays(mrd, tmp_path, wanted):
    size, fov, kept_fov = (64, 24, 16), (512.0, 216.0, 160.0), wanted * 8.0
    point = CENTER + TURN.T @ np.array([5 * 8.0, -4 * 9.0, 3 * 10.0])
    path = mrd.raw(
        tmp_path / "a.h5",
        readouts(mrd, signal(size, fov, point), **turned()),
        mrd.xml(size, fov, (wanted, 24, 16), (kept_fov, 216.0, 160.0), (12, 8)),
    )
    volume = load(path)
    assert volume.data.shape == (16, 24, wanted)
    index = np.unravel_index(np.abs(volume.data).argmax(), volume.data.shape)
    np.testing.assert_allclose(volume.geometry.to_lps(index), point, atol=1e-4)


def test_slices_lie_at_their_own_positions_whatever_their_order(mrd, tmp_path):
    size, fov = (32, 24, 1), (256.0, 216.0, 5.0)
    normal, lines, points = TURN[2], [], []
    for number, height in enumerate((3, 1, 4, 2)):  # interleaved numbering
        center = CENTER + normal * height * 6.0
        point = center + TURN.T @ np.array([number * 8.0, 18.0, 0.0])
        points.append(point)
        lines += readouts(mrd, signal(size, fov, point, center=center), **turned(position=center, slice=number))
    path = mrd.raw(tmp_path / "a.h5", lines, mrd.xml(size, fov, centers=(12, 0)))
    volume = load(path)
    assert volume.data.shape == (4, 24, 32)
    assert volume.geometry.spacing_mm[0] == pytest.approx(6.0, abs=1e-4)
    found = [
        volume.geometry.to_lps((k, *np.unravel_index(np.abs(volume.data[k]).argmax(), (24, 32)))) for k in range(4)
    ]
    expected = sorted(points, key=lambda point: point @ normal)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_what_the_header_says(mrd, tmp_path):
    kspace = signal((16, 16, 1), (160.0, 160.0, 5.0), CENTER)
    path = mrd.raw(tmp_path / "a.h5", readouts(mrd, kspace, **turned()), mrd.xml((16, 16, 1), (160.0, 160.0, 5.0)))
    volume, entry = load(path), ismrmrd.entries(path)[0]
    assert volume.origin.field_strength_t == pytest.approx(0.064)
    assert volume.origin.manufacturer == "Maker"
    assert volume.origin.series_description == "T2 head"
    assert entry.patient[:2] == ("P1", "Test^One")
    assert entry.study[1] == "20260504"
    assert entry.shape == volume.data.shape
    assert entry.spacing_mm == pytest.approx(volume.geometry.spacing_mm)
    assert "which line is the middle" in said(volume)


def noisy(shape, sigma=1.0):
    return sigma * (RNG.normal(size=shape) + 1j * RNG.normal(size=shape))


def air_sigma(volume):
    air = volume.data[..., :6, :6]
    return np.concatenate([air.real.ravel(), air.imag.ravel()]).std()


class TestNoise:
    size, fov = (64, 48, 8), (512.0, 240.0, 40.0)

    def object(self, channels=1):
        z, y, x = np.ogrid[-4:4, -24:24, -32:32]
        smooth = 3000 * np.exp(-(z**2 / 2 + y**2 / 3 + x**2 / 12))
        weights = np.exp(1j * np.arange(channels)) * np.linspace(1, 0.4, channels)
        return weights[:, None, None, None] * smooth[None]

    def header(self, mrd, **more):
        return mrd.xml(self.size, self.fov, (32, 48, 8), (256.0, 240.0, 40.0), (24, 4), **more)

    def scan(self, mrd, sigma, channels=1, samples=4096, dwell=10.0):
        return [mrd.acquisition(noisy((channels, samples), sigma), flags=19, sample_time_us=dwell)]

    def test_sigma_of_the_noise_scan_is_that_of_the_air(self, mrd, tmp_path):
        kspace = self.object() + noisy((1, 8, 48, 64), 2.0)
        path = mrd.raw(tmp_path / "a.h5", self.scan(mrd, 2.0) + readouts(mrd, kspace), self.header(mrd))
        volume = load(path)
        assert volume.noise_sigma == pytest.approx(2.0, rel=0.04)
        assert air_sigma(volume) == pytest.approx(2.0, rel=0.06)
        assert "noise scan" in said(volume)

    def test_partial_fourier_and_averages_change_it_as_they_should(self, mrd, tmp_path):
        lines = []
        for average in range(3):
            kspace = self.object() + noisy((1, 8, 48, 64), 2.0)
            lines += [
                each
                for each in readouts(mrd, kspace, average=average)
                if each[0]["idx"]["kspace_encode_step_1"] < 31
            ]
        path = mrd.raw(tmp_path / "a.h5", self.scan(mrd, 2.0) + lines, self.header(mrd))
        volume = load(path)
        expected = 2.0 * np.sqrt(31 / 48 / 3)
        assert volume.noise_sigma == pytest.approx(expected, rel=0.04)
        assert air_sigma(volume) == pytest.approx(expected, rel=0.15)  # correlated along the cut axis
        assert "64.6 % of k-space is measured along phase" in said(volume)

    def test_dwell_time_and_noise_bandwidth(self, mrd, tmp_path):
        kspace = self.object() + noisy((1, 8, 48, 64), 2.0)
        scan = self.scan(mrd, 2.0 * np.sqrt(0.8) / np.sqrt(4), dwell=40.0)  # a quarter of the bandwidth
        system = "<relativeReceiverNoiseBandwidth>0.8</relativeReceiverNoiseBandwidth>"
        path = mrd.raw(tmp_path / "a.h5", scan + readouts(mrd, kspace), self.header(mrd, system=system))
        volume = load(path)
        assert volume.noise_sigma == pytest.approx(2.0, rel=0.04)
        assert "40 to 10" in said(volume)

    @pytest.mark.parametrize("correlated", [False, True])
    def test_channels_are_joined_complex_with_noise_of_one_level(self, mrd, tmp_path, correlated):
        mix = np.eye(4) + (0.5 if correlated else 0) * RNG.normal(size=(4, 4))
        noise, scan = noisy((4, 8, 48, 64), 2.0), noisy((4, 8192), 2.0)
        kspace = self.object(4) + np.tensordot(mix, noise, (1, 0))
        path = mrd.raw(
            tmp_path / "a.h5",
            [mrd.acquisition(mix @ scan, flags=19), *readouts(mrd, kspace)],
            self.header(mrd),
        )
        volume = load(path)
        assert volume.data.dtype == np.complex64
        assert "4 receiver channels" in said(volume)
        # Where there is signal the weights do not follow the noise, so its level is the stated one there.
        middle = volume.data[:, 20:28, 12:20]
        clean = ismrmrd.load(
            mrd.raw(
                tmp_path / "b.h5",
                [mrd.acquisition(mix @ scan, flags=19), *readouts(mrd, self.object(4))],
                self.header(mrd),
            ),
            "raw 0",
            silent,
        ).data[:, 20:28, 12:20]
        assert (middle - clean).real.std() == pytest.approx(volume.noise_sigma, rel=0.12)

    def test_without_a_scan_sigma_is_unknown(self, mrd, tmp_path):
        path = mrd.raw(tmp_path / "a.h5", readouts(mrd, self.object()), self.header(mrd))
        assert load(path).noise_sigma is None


def test_repetitions_sets_and_contrasts_stay_apart(mrd, tmp_path):
    size, fov = (16, 16, 1), (160.0, 160.0, 5.0)
    lines = [
        each
        for repetition in range(2)
        for contrast in range(2)
        for each in readouts(mrd, noisy((1, 1, 16, 16)), repetition=repetition, contrast=contrast)
    ]
    path = mrd.raw(tmp_path / "a.h5", lines, mrd.xml(size, fov, centers=(8, 0)))
    names = [each.description for each in ismrmrd.entries(path)]
    assert names == [f"T2 head contrast {c} repetition {r}" for c in (1, 2) for r in (1, 2)]
    volumes = [load(path, n).data for n in range(4)]
    assert len({complex(each[0, 0, 0]) for each in volumes}) == 4


def test_lines_that_are_not_of_the_image_are_left_out(mrd, tmp_path):
    size, fov = (16, 16, 1), (160.0, 160.0, 5.0)
    kspace = noisy((1, 1, 16, 16))
    others = [mrd.acquisition(1000 * noisy((1, 16)), 8, flags=flag) for flag in (20, 23, 24, 27)]
    path = mrd.raw(tmp_path / "a.h5", others + readouts(mrd, kspace), mrd.xml(size, fov, centers=(8, 0)))
    expected = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace[0, 0]), norm="ortho"))
    np.testing.assert_allclose(load(path).data[0], expected, atol=1e-5)


def test_an_asymmetric_echo_is_put_where_its_centre_says(mrd, tmp_path):
    size, fov = (32, 16, 1), (320.0, 160.0, 5.0)
    kspace = signal(size, fov, CENTER + TURN.T @ np.array([40.0, 30.0, 0]))
    lines = [
        mrd.acquisition(kspace[:, 0, r, 10:], r, center_sample=6, discard_pre=2, **turned()) for r in range(16)
    ]
    volume = load(mrd.raw(tmp_path / "a.h5", lines, mrd.xml(size, fov, centers=(8, 0))))
    index = np.unravel_index(np.abs(volume.data).argmax(), volume.data.shape)
    np.testing.assert_allclose(
        volume.geometry.to_lps(index), CENTER + TURN.T @ np.array([40.0, 30.0, 0]), atol=1e-3
    )
    assert "62.5 % of k-space is measured along readout" in said(volume)


class TestRefused:
    size, fov = (16, 16, 1), (160.0, 160.0, 5.0)

    def refused(self, mrd, tmp_path, lines, header, match):
        path = mrd.raw(tmp_path / "a.h5", lines, header)
        with pytest.raises(LowfieldError, match=match) as caught:
            load(path)
        assert "a.h5" in str(caught.value)

    def test_non_cartesian(self, mrd, tmp_path):
        header = mrd.xml(self.size, self.fov, trajectory="radial")
        self.refused(mrd, tmp_path, readouts(mrd, noisy((1, 1, 16, 16))), header, "radial")
        assert "radial" in ismrmrd.entries(tmp_path / "a.h5")[0].reason

    def test_stated_undersampling(self, mrd, tmp_path):
        more = (
            "<parallelImaging><accelerationFactor><kspace_encoding_step_1>2</kspace_encoding_step_1>"
            "<kspace_encoding_step_2>1</kspace_encoding_step_2></accelerationFactor></parallelImaging>"
        )
        header = mrd.xml(self.size, self.fov, centers=(8, 0), more=more)
        self.refused(mrd, tmp_path, readouts(mrd, noisy((1, 1, 16, 16))), header, "undersampled")

    def test_gaps(self, mrd, tmp_path):
        lines = readouts(mrd, noisy((1, 1, 16, 16)))[::2]
        self.refused(mrd, tmp_path, lines, mrd.xml(self.size, self.fov, centers=(8, 0)), "gaps")

    def test_lines_outside(self, mrd, tmp_path):
        lines = readouts(mrd, noisy((1, 1, 20, 16)))
        self.refused(mrd, tmp_path, lines, mrd.xml(self.size, self.fov, centers=(8, 0)), "outside")

    def test_readouts_too_long(self, mrd, tmp_path):
        lines = readouts(mrd, noisy((1, 1, 16, 20)))
        self.refused(mrd, tmp_path, lines, mrd.xml(self.size, self.fov, centers=(8, 0)), "longer")

    def test_no_header(self, mrd, tmp_path):
        self.refused(mrd, tmp_path, readouts(mrd, noisy((1, 1, 16, 16))), None, "no encoding")

    def test_an_xml_bomb(self, mrd, tmp_path):
        bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><ismrmrdHeader/>'
        self.refused(mrd, tmp_path, readouts(mrd, noisy((1, 1, 16, 16))), bomb, "not safe")

    def test_samples_that_are_no_numbers(self, mrd, tmp_path):
        kspace = noisy((1, 1, 16, 16))
        kspace[0, 0, 3, 3] = np.inf
        self.refused(mrd, tmp_path, readouts(mrd, kspace), mrd.xml(self.size, self.fov, centers=(8, 0)), "finite")

    def test_a_k_space_larger_than_memory(self, mrd, tmp_path):
        header = mrd.xml((60000, 60000, 60000), (160.0,) * 3, centers=(8, 8))
        self.refused(mrd, tmp_path, readouts(mrd, noisy((1, 1, 16, 16))), header, "larger")

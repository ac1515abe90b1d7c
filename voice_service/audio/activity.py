"""Whether the caller is speaking right now: for stopping the bot at once and for the silence clock. Nothing else.

The power of six bands of each 20 ms, compared with the noise that usually is there. It is a gate, not a judge of what
is speech: steady sounds (hiss, hum) are learnt in a second or two and clicks are too short for it, but other people's
voices, music and key tones open it.
"""

import numpy as np
from numpy.typing import NDArray

from voice_service.audio import mulaw

_FRAME = 160
_EDGES_HZ = (200, 400, 700, 1100, 1700, 2500, 3500)  # below 200 Hz there is more hum than voice on a telephone
_BANDS = len(_EDGES_HZ) - 1

# Levels are in bels (10 dB) of full scale. Chosen on local/bench/voices.py, where `make bench` shows what they do.
_QUIETEST = -6.6  # no level is lower
_LOUD_ENOUGH = -5.0  # of the strongest band: less is somebody else's talk, or the bot's own echo
_UNSURE = 0.5  # one frame is a poor measure of a noise: the first guess is rather too high, and falls soon
_MARGIN = 0.2  # noise itself wavers by that much
_MOST = 1.5  # one band alone cannot open the gate: a whistle is not speech
_OPEN = 1.8  # sum over the bands
_STAY = 1.2
_OPEN_AFTER = 2  # frames: a click fills one
_CLOSE_AFTER = 6  # frames: the closure of a "t" lasts 50 to 100 ms
_RISE, _FALL = 0.03, 0.15  # of the way to the present level, each frame
_SMOOTH = 0.3
_DIP_WITHIN = 50  # frames: no second of speech is without one in every band; noise is


def _analysis() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return frame -> cosine and sine parts every 100 Hz (Hann window), and squared parts -> power of each band."""
    hertz = np.arange(_EDGES_HZ[0], _EDGES_HZ[-1], 100)
    angle = 2 * np.pi * np.outer(np.arange(_FRAME), hertz) / 8000
    window = np.hanning(_FRAME + 1)[:-1, None] / 32768
    parts = np.concatenate([window * np.cos(angle), window * np.sin(angle)], axis=1)
    band = np.digitize(hertz, _EDGES_HZ) - 1
    sums = (np.tile(band, 2)[:, None] == np.arange(_BANDS)) * (2 / (_FRAME / 2) ** 2)
    return parts.astype(np.float32), sums.astype(np.float32)


_PARTS, _SUMS = _analysis()
_SAMPLES = mulaw.decode(bytes(range(256))).astype(np.float32)
_LEAST_POWER = np.float32(10**_QUIETEST)


def _levels(frame: bytes) -> list[float]:
    """Return the level of each band of a frame of 20 ms, in bels of full scale."""
    parts = _SAMPLES.take(np.frombuffer(frame, np.uint8)).dot(_PARTS)
    parts *= parts
    power = parts.dot(_SUMS)
    power += _LEAST_POWER
    levels: list[float] = np.log10(power).tolist()
    return levels


class SpeechGate:
    """Follows one caller. Opens with the second loud frame, closes 120 ms after the last."""

    def __init__(self) -> None:
        self._noise: list[float] = []  # of each band; not known before the first frame
        self._open = False
        self._loud_frames = 0  # in a row
        self._frames_left = 0  # until the gate closes
        self._rest = b""
        self._smooth: list[float] = []
        self._dips: list[float] = []
        self._busy_frames = 0  # since the last look at the dips

    def feed(self, mulaw: bytes) -> bool:
        """Take what the phone sent, 20 ms as a rule; return whether there is speech, as of its last whole frame."""
        if len(mulaw) == _FRAME and not self._rest:
            self._hear(_levels(mulaw))
            return self._open
        sound = self._rest + mulaw
        whole = len(sound) // _FRAME * _FRAME
        for at in range(0, whole, _FRAME):
            self._hear(_levels(sound[at : at + _FRAME]))
        self._rest = sound[whole:]
        return self._open

    def _hear(self, levels: list[float]) -> None:
        above = self._above_the_noise(levels)
        if max(levels) > _LOUD_ENOUGH and above > (_STAY if self._open else _OPEN):
            self._loud_frames += 1
            if self._open or self._loud_frames >= _OPEN_AFTER:
                self._open = True
                self._frames_left = _CLOSE_AFTER
        else:
            self._loud_frames = 0
            self._frames_left -= 1
            if self._frames_left <= 0:
                self._open = False
        if self._open:
            self._look_for_dips(levels)
        else:
            self._busy_frames = 0

    def _above_the_noise(self, levels: list[float]) -> float:
        """Return by how much; and follow the noise, down at any time, up while nobody speaks."""
        noise = self._noise or [level + _UNSURE for level in levels]
        rise = 0.0 if self._open or self._loud_frames else _RISE
        above = 0.0
        followed = []  # one pass for both: this runs fifty times a second in every call
        for level, usual in zip(levels, noise):  # noqa: B905 - as long as each other; the check costs
            excess = level - usual
            if excess > _MARGIN:
                above += excess - _MARGIN if excess < _MOST else _MOST
            followed.append(usual + excess * (rise if excess > 0 else _FALL))
        self._noise = followed
        return above

    def _look_for_dips(self, levels: list[float]) -> None:
        """Take for noise what has not dipped in a second: no speech is like that."""
        if not self._busy_frames:
            self._smooth = self._dips = levels
        smooth = [old + (level - old) * _SMOOTH for old, level in zip(self._smooth, levels)]  # noqa: B905 - as above
        self._smooth = smooth
        self._dips = list(map(min, self._dips, smooth))
        self._busy_frames += 1
        if self._busy_frames == _DIP_WITHIN:
            self._noise = list(map(max, self._noise, self._dips))
            self._busy_frames = 0

"""Sample rates of a stream: 24 kHz (Gemini Live) to 8 kHz (the phone), and 8 to 16 kHz. Knows no wire format.

A linear-phase FIR, worked as one small matrix product per chunk: a row of the left matrix is a window of the input, a
column of the right one is the filter shifted to one output of that window. The coefficients are multiples of 2**-24
and their absolute values add up to less than 2: every partial sum is a whole number of 2**-24 below 2**16, exact in a
float64. So no order of summing changes the result: it depends neither on how the input was cut nor on the machine.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PCM = NDArray[np.int16]

_BLOCK = 16  # steps that one row of the product makes: the fastest of 8 to 80
_MOST = 2400  # input samples taken at once: bounds what a stream keeps to 20 KB
_GRID = 2.0**24
_HIGHEST, _LOWEST = np.array(32767.0), np.array(-32768.0)  # as arrays: numpy converts a float on every call


@dataclass(frozen=True)
class _Plan:
    """One step takes `window` inputs, makes `outputs` outputs and moves on by `advance` inputs."""

    matrix: NDArray[np.float64]  # (window + (_BLOCK - 1) * advance, _BLOCK * outputs)
    window: int
    advance: int
    outputs: int
    lead: int  # zeros before the first input: puts an output at the time of its inputs

    @property
    def tail(self) -> int:
        """Zeros after the last input that bring out the rest, and not a sample more."""
        return self.window - self.lead - 1


def _low_pass(taps: int, cutoff: float, beta: float) -> NDArray[np.float64]:
    """Return a Kaiser-windowed low-pass of gain 1; `cutoff` (-6 dB) is a share of the rate."""
    time = np.arange(taps) - (taps - 1) / 2
    shape = np.sinc(2 * cutoff * time) * np.kaiser(taps, beta)
    return np.asarray(shape / shape.sum(), np.float64)


def _plan(phases: list[NDArray[np.float64]], advance: int, lead: int) -> _Plan:
    """Return the plan whose step applies each of the filters `phases` (first coefficient to the oldest input)."""
    window, outputs = len(phases[0]), len(phases)
    matrix = np.zeros((window + (_BLOCK - 1) * advance, _BLOCK * outputs))
    for step in range(_BLOCK):
        for phase, taps in enumerate(phases):
            column = matrix[:, step * outputs + phase]
            column[step * advance : step * advance + window] = np.round(taps * _GRID) / _GRID
    return _Plan(matrix, window, advance, outputs, lead)


def _phases_of_doubling() -> list[NDArray[np.float64]]:
    """Return the two filters of 24 taps: what is left of 48 when every second input of 16 kHz is a zero."""
    taps = 2 * _low_pass(48, 3800 / 16000, 6)
    return [taps[0::2][::-1], taps[1::2][::-1]]


# At 8 kHz: -0.4 dB at 3.4 kHz, -70 dB at 4.2 kHz, -90 dB at 5 kHz, group delay 2.5 ms.
_THIRD = _plan([_low_pass(120, 3700 / 24000, 8)], advance=3, lead=60)
# At 16 kHz: -0.5 dB at 3.4 kHz, images of 0 to 3.4 kHz at -66 dB, group delay 1.5 ms.
_DOUBLE = _plan(_phases_of_doubling(), advance=1, lead=11)


class _Stream:
    """One stream of samples through one plan. Chunks may have any length, none and one included."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        size = plan.window + _MOST + _BLOCK * plan.advance
        self._line = np.zeros(size)  # lead or earlier inputs still needed, then the chunk
        rows = (size - len(plan.matrix)) // (_BLOCK * plan.advance) + 1
        width = self._line.itemsize
        strides = (_BLOCK * plan.advance * width, width)
        self._windows = np.ndarray((rows, len(plan.matrix)), np.float64, self._line, 0, strides)
        self._held = plan.lead

    def feed(self, pcm: PCM) -> PCM:
        """Take a chunk; return every output sample that no later input can change."""
        if pcm.size <= _MOST:
            return self._advance(pcm)
        return np.concatenate([self._advance(pcm[at : at + _MOST]) for at in range(0, pcm.size, _MOST)])

    def flush(self) -> PCM:
        """Return what is held back, and start anew: with it each input has had its whole share of outputs."""
        rest = self._advance(np.zeros(self._plan.tail, np.int16))
        self.reset()
        return rest

    def reset(self) -> None:
        """Forget what is held back: the next chunk begins a stream."""
        self._line[: self._plan.lead] = 0
        self._held = self._plan.lead

    def _advance(self, pcm: PCM) -> PCM:
        plan, line = self._plan, self._line
        end = self._held + pcm.size
        line[self._held : end] = pcm
        steps = (end - plan.window) // plan.advance + 1
        if steps <= 0:
            self._held = end
            return np.empty(0, np.int16)
        # The last row may run past the inputs into what an earlier chunk left there; its columns are cut off below.
        sums = self._windows[: -(-steps // _BLOCK)].dot(plan.matrix)
        used = steps * plan.advance
        self._held = end - used
        line[: self._held] = line[used:end]
        return _rounded(sums)[: steps * plan.outputs]


def _rounded(sums: NDArray[np.float64]) -> PCM:
    """Return the nearest 16-bit samples in one row; what is too loud saturates and does not wrap round."""
    np.rint(sums, out=sums)
    np.minimum(sums, _HIGHEST, out=sums)
    np.maximum(sums, _LOWEST, out=sums)
    return sums.astype(np.int16).ravel()


class Decimator(_Stream):
    """24 kHz to 8 kHz: ceil(n / 3) samples for n, the last 2.5 ms of them from `flush`."""

    def __init__(self) -> None:
        super().__init__(_THIRD)


class Interpolator(_Stream):
    """8 kHz to 16 kHz: 2 n samples for n, the last 1.5 ms of them from `flush`."""

    def __init__(self) -> None:
        super().__init__(_DOUBLE)

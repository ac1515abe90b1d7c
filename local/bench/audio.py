"""The phone's sound beside its peers: cost of a frame, what the filter lets through and holds back, who is heard.

Also by itself, without the platform: `python -m local.bench.audio`.
"""

import base64
import importlib
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.bench.voices import Judged, Talk, judge, talk
from local.stack.platform import Platform
from voice_service.audio import mulaw, wire
from voice_service.audio.activity import SpeechGate
from voice_service.audio.resample import Decimator

PCM = NDArray[np.int16]
Resampler = Callable[[PCM], PCM]
ROUNDS = 41
TALKS = 4
NOISES = (("none", 60.0), ("clean", 60.0), ("white", 20.0), ("white", 10.0), ("pink", 10.0), ("hum", 10.0))
_STREAM = "MZ" + "0123456789abcdef" * 2


def run(_platform: Platform | None, _folder: Path | None) -> list[str]:
    """Return the report's lines. Peers that are not installed are named and left out."""
    return [*_codec(), "", *_filters(), "", *_detectors()]


def _peer(name: str) -> ModuleType | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # audioop leaves with Python 3.13
        try:
            return importlib.import_module(name)
        except ImportError:
            return None


def _resamplers() -> dict[str, Callable[[], Resampler]]:
    """Return what makes a stream of 24 kHz to 8 kHz, ours first."""
    found: dict[str, Callable[[], Resampler]] = {"ours": lambda: Decimator().feed}
    if soxr := _peer("soxr"):
        found["soxr HQ"] = lambda: soxr.ResampleStream(24000, 8000, 1, dtype="int16", quality="HQ").resample_chunk
    if audioop := _peer("audioop"):
        found["audioop.ratecv"] = lambda: _ratecv(audioop)
    return found


def _ratecv(audioop: ModuleType) -> Resampler:
    state: Any = None

    def feed(pcm: PCM) -> PCM:
        nonlocal state
        out, state = audioop.ratecv(pcm.tobytes(), 2, 1, 24000, 8000, state)
        return np.frombuffer(out, np.int16)

    return feed


def _codec() -> list[str]:
    """What the sound of one frame costs, Live's payload to Twilio's message and back."""
    random = np.random.default_rng(1)
    second = np.clip(random.normal(0, 6000, 24000), -32768, 32767).astype(np.int16)
    lines = ["24 kHz payload to mu-law media message (CPU us per 20 ms, median, fastest)", ""]
    for milliseconds in (20, 100):
        size = 24 * milliseconds
        chunks = [wire.base64_of(second[at : at + size]) for at in range(0, len(second), size)]
        cases = {name: _over(chunks, _outward(make())) for name, make in _resamplers().items()}
        if audioop := _peer("audioop"):
            cases["audioop and json"] = _over(chunks, _outward_plain(audioop))
        lines += _beside(cases, per=50, label=f"fed {milliseconds} ms: ")
    frames = [wire.base64_of(second[at : at + 80].astype("<i2")) for at in range(0, len(second) - 80, 480)]
    lines += ["", "160 bytes of mu-law payload to samples (CPU us per 20 ms, median, fastest)", ""]
    inward = {"ours": _over(frames, lambda text: mulaw.decode(wire.payload_of(text)))}
    if audioop := _peer("audioop"):
        inward["audioop and base64"] = _over(frames, lambda text: audioop.ulaw2lin(base64.b64decode(text), 2))
    return lines + _beside(inward, per=len(frames), label="")


def _outward(resample: Resampler) -> Callable[[str], object]:
    return lambda text: wire.media_message(_STREAM, mulaw.encode(resample(wire.pcm_of(text))))


def _outward_plain(audioop: ModuleType) -> Callable[[str], object]:
    """The way of the samples one finds: the standard library alone."""
    resample = _ratecv(audioop)

    def message(text: str) -> str:
        pcm = resample(np.frombuffer(base64.b64decode(text), np.int16))
        payload = base64.b64encode(audioop.lin2ulaw(pcm.tobytes(), 2)).decode()
        return json.dumps({"event": "media", "streamSid": _STREAM, "media": {"payload": payload}})

    return message


def _over(items: list[str], work: Callable[[str], object]) -> Callable[[], None]:
    def once() -> None:
        for item in items:
            work(item)

    return once


def _beside(cases: dict[str, Callable[[], None]], per: int, label: str) -> list[str]:
    """Time the cases in turn, so that a slow moment of the machine meets all; the first one is the measure.

    Time of the processor, not of the clock: what else runs here would be the larger part of a wait so short.
    """
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, once in cases.items():
            begun = time.process_time()
            once()
            taken[name].append((time.process_time() - begun) / per * 1e6)
    first = next(iter(taken.values()))
    lines = []
    for name, times in taken.items():
        ratio = statistics.median(other / ours for other, ours in zip(times, first, strict=True))
        figures = f"{statistics.median(times):>7.1f} {min(times):>7.1f}"
        lines.append(f"  {label + name:30} {figures}   {ratio:>5.2f} x ours")
    return lines


def _filters() -> list[str]:
    lines = ["24 kHz to 8 kHz in chunks of 20 ms: what becomes of a tone (dB), what is held back, what arrives", ""]
    lines.append(f"  {'':16}{'1 kHz':>8}{'3.4 kHz':>9}{'4.2 kHz':>9}{'5 kHz':>8}{'held ms':>9}{'of 1000 ms':>12}")
    for name, make in _resamplers().items():
        gains = [_gain(make(), hertz) for hertz in (1000, 3400, 4200, 5000)]
        held, arrived = _held_back(make())
        if name == "ours":
            stream = Decimator()
            arrived = (len(stream.feed(np.zeros(24000, np.int16))) + len(stream.flush())) / 8
        shown = "".join(f"{gain:>{width}.1f}" for gain, width in zip(gains, (8, 9, 9, 8), strict=True))
        lines.append(f"  {name:16}{shown}{held:>9.1f}{arrived:>12.1f}")
    return lines


def _gain(resample: Resampler, hertz: float) -> float:
    """Return the level of what comes out for a tone, without the stream's beginning, in dB of what went in."""
    tone = np.rint(16000 * np.sin(2 * np.pi * hertz * np.arange(48000) / 24000)).astype(np.int16)
    out = np.concatenate([resample(tone[at : at + 480]) for at in range(0, len(tone), 480)])[4000:]
    return float(20 * np.log10(np.sqrt(np.mean(out.astype(np.float64) ** 2)) / (16000 / 2**0.5) + 1e-9))


def _held_back(resample: Resampler) -> tuple[float, float]:
    """Return the largest time by which the output of a second lags behind its input, and what had come at its end."""
    received, worst = 0, 0.0
    for at in range(0, 24000, 480):
        received += len(resample(np.zeros(480, np.int16)))
        worst = max(worst, (at + 480) / 24 - received / 8)
    return worst, received / 8


def _detectors() -> list[str]:
    """How well speech-like sound is told from noise, and what a frame costs."""
    webrtcvad = _peer("webrtcvad")
    lines = ["Speech-like sound found in noise (%; onset and tail in ms, medians)", ""]
    lines.append(f"  {'':26}{'found':>7}{'false':>7}{'missed':>8}{'onset':>7}{'slowest':>9}{'tail':>6}")
    for noise, snr in NOISES:
        talks = [talk(seed, noise, snr) for seed in range(TALKS)]
        lines.append(_row(f"{noise} {snr:.0f} dB, ours", [_judged(one, SpeechGate().feed) for one in talks]))
        if webrtcvad:
            peers = [_judged(one, _webrtc(webrtcvad)) for one in talks]
            lines.append(_row(f"{noise} {snr:.0f} dB, webrtcvad 3", peers))
    frames = [mulaw.encode(frame) for frame in talk(9, "white", 20.0, utterances=2).frames]
    cases = {"ours": _each(frames, SpeechGate().feed)}
    if webrtcvad:
        cases["webrtcvad 3"] = _each(frames, _webrtc(webrtcvad))
    return [*lines, "", "One frame of 20 ms (CPU us, median, fastest)", "", *_beside(cases, per=len(frames), label="")]


def _webrtc(module: ModuleType) -> Callable[[bytes], bool]:
    detector = module.Vad(3)
    return lambda frame: bool(detector.is_speech(mulaw.decode(frame).tobytes(), 8000))


def _each(frames: list[bytes], feed: Callable[[bytes], bool]) -> Callable[[], None]:
    def once() -> None:
        for frame in frames:
            feed(frame)

    return once


def _judged(one: Talk, feed: Callable[[bytes], bool]) -> Judged:
    return judge(one, np.array([feed(mulaw.encode(frame)) for frame in one.frames]))


def _row(name: str, results: list[Judged]) -> str:
    def mean(field: str) -> float:
        return statistics.mean(float(getattr(result, field)) for result in results)

    slowest = max(result.slowest_ms for result in results)
    figures = f"{mean('found'):>7.1f}{mean('false'):>7.1f}{sum(result.missed for result in results):>8}"
    return f"  {name:26}{figures}{mean('onset_ms'):>7.0f}{slowest:>9.0f}{mean('tail_ms'):>6.0f}"


if __name__ == "__main__":
    print("\n".join(run(None, None)))

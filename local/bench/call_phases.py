"""What is measured of a bridge, phase by phase. Each places its calls, looks, and hangs up.

cpu         ms of the bridge's process (user and system, threads too, less what it takes idle) per second of a call;
            both sides send all the time: a frame each 20 ms in, a chunk of 40 ms out for 8.8 of 10 s; the product
            with transcripts, a turn that is kept every 10 s, and a look-up in the knowledge every 30 s
holes       stretches above 40 ms in running speech without sound, of all calls, and the worst of them
in, out     a marker's way: leaves the phone until it is at the model; and back, as the place of its sound
clear       `interrupted` leaves the model until `clear` is at the phone
answer      the caller's last sound until the bot's first, less what the model itself took
delivered   of a turn of 1000 ms that the model sends at once
goaway      the hole heard when the model's connection is changed in the middle of speech without pauses
kill        the same after the connection is killed
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from local.bench.call_bridges import Bridge, Peer
from local.bench.call_phones import Phone, calling
from local.bench.call_sessions import CHUNK_MS
from local.bench.load import percentile
from local.bench.marker import code_of, level_of
from local.twilio.mulaw import RATE, decode
from local.twilio.script import Say, Step, Wait
from local.twilio.voices import Babble

Figures = dict[str, float]
Phase = Callable[[Bridge, Peer], Coroutine[Any, Any, Figures]]

WINDOW_S = 10.0  # one turn of the load and its pause: each call has each feature once
SETTLE_S = 2.0
MARKED, INTERRUPTED, PLAIN = 10, 50, 10
MARKERS = 8
_TICKS = os.sysconf("SC_CLK_TCK")
_LOUD = 2000
_NEAR_MS = 800.0
_FRAME = RATE // 50
_WAY = ("in", "out")


async def idle_cpu(bridge: Bridge) -> float:
    """Return what the process takes without a call: ms a second."""
    before = _cpu(bridge)
    await asyncio.sleep(SETTLE_S)
    return (_cpu(bridge) - before) * 1000 / SETTLE_S


async def load(bridge: Bridge, live: Peer, count: int, idle: float) -> Figures:
    """Many calls, both sides speaking."""
    live.mode("load")
    async with calling(count, bridge.line, bridge.reach, lambda _: ()) as phones:
        await asyncio.sleep(SETTLE_S)
        begun, before = time.monotonic(), _cpu(bridge)
        await asyncio.sleep(WINDOW_S)
        ended, after = time.monotonic(), _cpu(bridge)
        memory = _memory(bridge)
        holes = [hole for phone in phones for hole in phone.underruns(begun + 1, ended)]
        alive = sum(bool(phone.ear.got and phone.ear.got[-1][0] > ended - 2) for phone in phones)
    spent = (after - before) * 1000 / (ended - begun)
    return {
        "cpu ms": (spent - idle) / count, "RSS MB": memory, "holes": float(len(holes)),
        "worst hole ms": max(holes, default=0.0) * 1000, "lost calls": float(count - alive),
    }  # fmt: skip


async def markers(bridge: Bridge, live: Peer) -> Figures:
    """Frames that can be told from all others: from callers to a silent model, then from the model to silent callers.

    A loud click into the model's words is a reason to be quiet for a moment; no bridge is measured by that.
    """
    live.mode("in")
    async with calling(MARKED, bridge.line, bridge.reach, partial(_clicks, MARKERS)) as phones:
        await asyncio.sleep(MARKERS + SETTLE_S)
        noted = _by_number(live)
    into = [ms for phone in phones for ms in _inward(phone, noted.get(phone.number, {}))]
    live.mode("out")
    async with calling(MARKED, bridge.line, bridge.reach, partial(_clicks, 1)) as phones:
        await asyncio.sleep(MARKERS + SETTLE_S)
        noted = _by_number(live)
    out = [ms for phone in phones for ms in _outward(phone, noted.get(phone.number, {}))]
    ways = zip(_WAY, (into, out), strict=True)
    return {f"{way} {name}": figure for way, values in ways for name, figure in _spread(values).items()}


def _clicks(count: int, number: int) -> Sequence[Step]:
    click = Say(audio=np.full(_FRAME, level_of(number), np.int16))
    return [Wait(1.0 + number / 37), *[step for _ in range(count) for step in (click, Wait(1.0))]]


def _inward(phone: Phone, noted: dict[str, Any]) -> list[float]:
    """Return how long each marker was on its way to the model."""
    code = code_of(phone.number)
    left = [at for at, frame in phone.mouth.sent if frame.count(code) > _FRAME // 2]
    return _after(left, noted.get("heard", ()))


def _outward(phone: Phone, noted: dict[str, Any]) -> list[float]:
    """Return how long each marker was on its way back, from where it is in the sound to where it is in the sound.

    A marker is the second half of a chunk: its sound is due half a chunk after the chunk was sent.
    """
    level = level_of(phone.number)
    came: list[float] = []
    for at, data in phone.ear.got:
        near = np.abs(decode(data).astype(np.int32) - level) < abs(level) // 2
        if near.any() and (not came or at - came[-1] > 0.5):  # noqa: PLR2004 - the rest of the same one
            came.append(at + int(np.argmax(near)) / RATE)
    return _after([at + CHUNK_MS / 2000 for at in noted.get("spoke", ())], came)


async def interruptions(bridge: Bridge, live: Peer) -> Figures:
    """Callers who speak, hear an answer, and whose model says that it was interrupted."""
    live.mode("interrupt")

    def script(number: int) -> Sequence[Step]:
        click = np.full(_FRAME, level_of(number), np.int16)
        words = Say(audio=Babble().say("hello", RATE))
        turns = [step for _ in range(5) for step in (words, Wait(1.6))]
        return [Wait(0.8 + number / 53), Say(audio=click), Wait(1.5), *turns]

    async with calling(min(INTERRUPTED, bridge.most), bridge.line, bridge.reach, script) as phones:
        await asyncio.sleep(14)
        noted = _by_number(live)
    clears, answers = list[float](), list[float]()
    for phone in phones:
        told = noted.get(phone.number, {})
        clears += _after(told.get("interrupted", ()), phone.ear.cuts)
        answers += _answers(phone, told)
    figures = {f"clear {name}": figure for name, figure in _spread(clears).items()}
    return {**figures, **{f"answer {name}": figure for name, figure in _spread(answers).items()}}


def _answers(phone: Phone, noted: dict[str, Any]) -> list[float]:
    """Return how much later than the model itself each answer was."""
    found = []
    for spoke in noted.get("spoke", ()):
        silent = max((at for at in noted["fell_silent"] if at < spoke), default=None)
        said = max((at for at, _ in phone.mouth.sent if at < spoke), default=None)
        came = min((at for at, data in phone.ear.got if at > spoke and _is_loud(data)), default=None)
        if silent and said and came and came - spoke < _NEAR_MS / 1000:
            found.append((came - said - (spoke - silent)) * 1000)
    return found


async def bursts(bridge: Bridge, live: Peer) -> Figures:
    """Turns of 1000 ms, sent at once after each word of the caller."""
    live.mode("burst")

    def script(number: int) -> Sequence[Step]:
        click = np.full(_FRAME, level_of(number), np.int16)
        words = [step for pause in (1.6, 1.8, 2.4, 3.2) for step in (Say(audio=click), Wait(pause))]
        return [Wait(1.0 + number / 29), *words]

    async with calling(PLAIN, bridge.line, bridge.reach, script) as phones:
        await asyncio.sleep(12)
        noted = _by_number(live)
    told = [noted.get(phone.number, {}) for phone in phones]
    turns = sum(one.get("turns", 0) for one in told)
    got = sum(phone.ms_got for phone, one in zip(phones, told, strict=True) if one)
    first = [ms for phone, one in zip(phones, told, strict=True)
             for ms in _after(one.get("spoke", ()), [at for at, data in phone.ear.got if _is_loud(data)])]  # fmt: skip
    figures = {"delivered of 1000 ms": got / turns} if turns else {}
    return {**figures, **{f"first of a burst {name}": figure for name, figure in _spread(first).items()}}


async def changes(bridge: Bridge, live: Peer) -> Figures:
    """The model's connection goes away while it speaks: announced, then killed."""
    figures: Figures = {}
    for mode in ("goaway", "kill"):
        live.mode(mode)
        async with calling(PLAIN, bridge.line, bridge.reach, lambda _: ()) as phones:
            await asyncio.sleep(13)
            sessions = [one for one in live.noted() if one["ms_in"]]
            sent = sum(phone.frames_sent for phone in phones) * 20
        lost = [phone for phone in phones if not phone.ear.got or time.monotonic() - phone.ear.got[-1][0] > 3]  # noqa: PLR2004
        figures[f"{mode}: lost calls"] = float(PLAIN - len(phones) + len(lost))
        figures[f"{mode}: sessions a call"] = len(sessions) / PLAIN
        gone = [(at, phone) for phone in phones if phone not in lost for at in [_longest_hole(phone)]]
        if gone:
            figures[f"{mode}: hole ms p50"] = percentile([hole for hole, _ in gone], 50)
            figures[f"{mode}: hole ms worst"] = max(hole for hole, _ in gone)
            heard = sum(float(str(one["ms_in"])) for one in sessions)
            figures[f"{mode}: caller's sound unheard ms"] = max(0.0, sent - heard) / PLAIN
    return figures


PHASES: tuple[Phase, ...] = (markers, interruptions, bursts, changes)


def _longest_hole(phone: Phone) -> float:
    """Return the longest time between two stretches of what was played, in ms."""
    pieces = [piece for piece in phone.ear.pieces if piece.source == "stream"]
    return max((after.start - before.end for before, after in pairwise(pieces)), default=0) * 1000 / RATE


def _after(causes: Sequence[float], effects: Sequence[float]) -> list[float]:
    """Return how many ms after each cause the next effect came; an effect has one cause, and none too late is one."""
    found, left = [], sorted(effects)
    for cause in sorted(causes):
        while left and left[0] < cause - 0.005:
            left.pop(0)
        if left and (left[0] - cause) * 1000 < _NEAR_MS:
            found.append((left.pop(0) - cause) * 1000)
    return found


def _spread(values: list[float]) -> Figures:
    return {"ms p50": percentile(values, 50), "ms p99": percentile(values, 99)} if values else {}


def _is_loud(data: bytes) -> bool:
    return bool((np.abs(decode(data).astype(np.int32)) > _LOUD).any())


def _by_number(live: Peer) -> dict[int, dict[str, Any]]:
    return {int(str(one["number"])): dict(one) for one in live.noted() if one["number"] != -1}


def _cpu(bridge: Bridge) -> float:
    """Return the process's seconds of user and system time."""
    fields = Path(f"/proc/{bridge.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(bridge: Bridge) -> float:
    lines = Path(f"/proc/{bridge.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

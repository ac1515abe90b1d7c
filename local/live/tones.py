"""Speech for tests: text as tones that survive mu-law at 8 kHz, and the ears that read it back exactly.

Each byte is two of sixteen tones of 8 ms between 500 and 2400 Hz. Words travel in packets with a checksum, so audio
that was cut short still gives the words that were played.
"""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from local.live.events import Samples

SYMBOL_S = 0.008
BAND_RATE = 8_000
SYMBOL = int(BAND_RATE * SYMBOL_S)
# Whole cycles per symbol keep the tones apart; the two of a packet's head are no data.
SPACING = 1 / SYMBOL_S
FIRST_TONE = 4
HEAD = (22, 24)
PACKET_BYTES = 16
AMPLITUDE = 8_000
MARGIN_S = 0.02
_QUIET_POWER = 100.0**2
_CERTAIN = 0.6
_TIME = np.arange(SYMBOL) / BAND_RATE
_TONES = np.exp(-2j * np.pi * SPACING * np.outer(_TIME, np.arange(FIRST_TONE, FIRST_TONE + 16)))

Floats = NDArray[np.float64]


class ToneVoice:
    """About 45 characters a second."""

    def say(self, text: str, rate: int) -> Samples:
        """The text as int16 samples at `rate` Hz."""
        numbers = [tone for packet in _packets(text) for tone in _symbols(packet)]
        count = round(len(numbers) * SYMBOL_S * rate)
        place = np.minimum((np.arange(count) / rate / SYMBOL_S + 1e-9).astype(np.int64), len(numbers) - 1)
        phase = np.cumsum(np.array(numbers, dtype=np.float64)[place]) * (2 * np.pi * SPACING / rate)
        silence = np.zeros(round(MARGIN_S * rate), dtype=np.int16)
        return np.concatenate([silence, (AMPLITUDE * np.sin(phase)).astype(np.int16), silence])


class ToneEars:
    """Reads what ToneVoice said; anything else is heard as ''."""

    def hear(self, samples: Samples, rate: int) -> str:
        """The words of all packets that arrived whole."""
        wave = _at_band_rate(samples, rate)
        heard = bytearray()
        end = 0
        for start in _heads(wave):
            if start >= end and (packet := _read(wave, start)) is not None:
                heard += packet
                end = start + (len(HEAD) + 4 + 2 * len(packet) - 1) * SYMBOL
        return heard.decode(errors="ignore").strip()


def _packets(text: str) -> Iterator[bytes]:
    """The text in pieces of up to PACKET_BYTES, cut between words where possible."""
    packet = b""
    for word in re.findall(r"\s*\S+", text):
        data = word.encode()
        if packet and len(packet) + len(data) > PACKET_BYTES:
            yield packet
            packet = b""
        packet += data
        while len(packet) > PACKET_BYTES:
            yield packet[:PACKET_BYTES]
            packet = packet[PACKET_BYTES:]
    if packet:
        yield packet


def _symbols(packet: bytes) -> Iterator[int]:
    """The tones of a packet: head, length, bytes, checksum."""
    yield from HEAD
    body = bytes([len(packet)]) + packet
    for byte in (*body, _checksum(body)):
        yield FIRST_TONE + (byte >> 4)
        yield FIRST_TONE + (byte & 15)


def _checksum(data: bytes) -> int:
    total = 0x5A
    for byte in data:
        total = ((total << 1 | total >> 7) & 0xFF) ^ byte
    return total


def _at_band_rate(samples: Samples, rate: int) -> Floats:
    wave = samples.astype(np.float64)
    result: Floats = wave[:: max(rate // BAND_RATE, 1)]
    if rate % BAND_RATE:
        result = np.interp(np.arange(0, len(wave) - 1, rate / BAND_RATE), np.arange(len(wave)), wave)
    return result


def _heads(wave: Floats) -> list[int]:
    """Where packets seem to start: a tone of the head, and the other one a symbol later."""
    if len(wave) < 3 * SYMBOL:
        return []
    power = _power((wave * wave).astype(np.complex128))
    shares = []
    for tone in HEAD:
        turned = wave * np.exp(-2j * np.pi * SPACING * tone * np.arange(len(wave)) / BAND_RATE)
        shares.append(_power(turned) ** 2 / np.maximum(power * SYMBOL / 2, 1.0))
    score = np.minimum(shares[0][:-SYMBOL], shares[1][SYMBOL:])
    score[power[:-SYMBOL] < _QUIET_POWER * SYMBOL] = 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], score > _CERTAIN, [0]]).astype(np.int8)))
    return [int(start + np.argmax(score[start:stop])) for start, stop in edges.reshape(-1, 2)]


def _power(values: NDArray[np.complex128]) -> Floats:
    """The size of the sum over a symbol's length from each sample on."""
    total = np.concatenate([np.zeros(1), np.cumsum(values)])
    result: Floats = np.abs(total[SYMBOL:] - total[:-SYMBOL])
    return result


def _read(wave: Floats, start: int) -> bytes | None:
    """The packet whose head is at `start`, None when it is not whole or not sound."""
    start += len(HEAD) * SYMBOL
    length = _bytes(wave, start, 1)
    if not length or not 0 < length[0] <= PACKET_BYTES:
        return None
    body = _bytes(wave, start, length[0] + 2)
    if not body or _checksum(body[:-1]) != body[-1]:
        return None
    return body[1:-1]


def _bytes(wave: Floats, start: int, count: int) -> bytes:
    end = start + 2 * count * SYMBOL
    part = wave[start:end]
    # Sampling again may have eaten the end of the very last symbol.
    if end - len(wave) > SYMBOL // 4:
        return b""
    part = np.pad(part, (0, 2 * count * SYMBOL - len(part)))
    nibbles = np.abs(part.reshape(-1, SYMBOL) @ _TONES).argmax(axis=1).reshape(-1, 2)
    return bytes((nibbles[:, 0] << 4 | nibbles[:, 1]).astype(np.uint8))

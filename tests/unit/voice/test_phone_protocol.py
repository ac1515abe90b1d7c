"""The short way of a phone's messages: the same ones in the same order as the library reads, however they are cut."""

import asyncio
import random

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from voice_service.phone.protocol import PhoneProtocol
from voice_service.phone.socket import MAX_BYTES, PhoneGone, PhoneSocket

LONGEST = 3000


class Wire(asyncio.Transport):
    """A transport that keeps what is written; `waiting` bytes of it are not sent yet."""

    def __init__(self):
        super().__init__()
        self.written, self.waiting, self.closing = b"", 0, False

    def write(self, data):
        """Keep it."""
        self.written += data

    def get_write_buffer_size(self):
        """Return what waits."""
        return self.waiting

    def is_closing(self):
        """Return whether it does."""
        return self.closing

    def close(self):
        """Close."""
        self.closing = True

    def pause_reading(self):
        """Do nothing: tests push."""

    resume_reading = pause_reading


async def nothing(scope, receive, send):
    """An application that does nothing."""


def connection():
    """Return a connection whose handshake is done."""
    config = uvicorn.Config(nothing, ws=PhoneProtocol, ws_max_size=LONGEST, ws_per_message_deflate=False)
    config.load()
    protocol = PhoneProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.transport = Wire()
    protocol.conn.state = State.OPEN
    protocol.handshake_complete = protocol.handshake_initiated = True
    protocol.conn.parser = protocol.conn.parse()  # anew: it goes by the state
    next(protocol.conn.parser)
    return protocol


def frame(data, opcode=Opcode.TEXT, *, fin=True):
    """Return a frame as a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


async def received(protocol, wire, cuts):
    """Return what a taker gets of some bytes that come in pieces, and how the reading ended."""
    got = []
    socket = PhoneSocket(protocol.receive, protocol.send)
    reading = asyncio.create_task(
        socket.each(lambda data: got.append(data if isinstance(data, bytes) else data.encode()))
    )
    await asyncio.sleep(0)
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        protocol.data_received(wire[start:end])
        if start % 3 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    protocol.queue.put_nowait({"type": "websocket.disconnect", "code": 1005})
    await reading
    return got


@pytest.mark.parametrize("seed", range(30))
def test_messages_come_whole_and_in_order(seed):
    """Of any length, in frames or fragments, with pings between them, cut anywhere."""
    dice = random.Random(seed)
    messages, wire = [], b""
    for _ in range(30):
        data = dice.randbytes(dice.choice((1, 5, 125, 126, 400, 2500))).hex().encode()[:LONGEST]
        messages.append(data)
        cut = dice.randrange(1, len(data))
        wire += dice.choice((
            frame(data), frame(data),
            frame(data[:cut], fin=False) + frame(b"", Opcode.PING) + frame(data[cut:], Opcode.CONT),
        ))  # fmt: skip
    cuts = sorted(dice.sample(range(1, len(wire)), dice.choice((0, 3, 200))))

    async def run():
        return await received(connection(), wire, cuts)

    assert asyncio.run(run()) == messages


@pytest.mark.parametrize(
    "bad",
    [
        Frame(Opcode.TEXT, b"bare").serialize(mask=False),
        frame(b"x" * (LONGEST + 1)),
        b"\xc1" + frame(b"reserved")[1:],
        frame(b"stray", Opcode.CONT),
    ],
    ids=["not masked", "too large", "reserved bits", "out of order"],  # a mask is random, a test's name must not be
)
def test_what_breaks_the_protocol_closes_the_connection(bad):
    """Not masked, too large, reserved bits, out of order: what came before counts, and nothing after it."""

    async def run():
        protocol = connection()
        got = await received(protocol, frame(b"good") + bad + frame(b"after"), [])
        return got, protocol.conn.state is State.OPEN

    assert asyncio.run(run()) == ([b"good"], False)


def test_a_taker_that_raises_ends_the_reading():
    """With what it raised; messages after it are nobody's."""

    async def run():
        protocol, got = connection(), []

        def take(data):
            got.append(data)
            raise KeyError(1)

        reading = asyncio.create_task(PhoneSocket(protocol.receive, protocol.send).each(take))
        await asyncio.sleep(0)
        protocol.data_received(frame(b"one") + frame(b"two"))
        with pytest.raises(KeyError):
            await reading
        return got

    assert asyncio.run(run()) == [b"one"]


def test_a_phone_that_takes_nothing_is_gone():
    """Too much waits, or the connection is closed: what is put is refused, and before it is written at once."""

    async def run():
        protocol = connection()
        socket = PhoneSocket(protocol.receive, protocol.send)
        socket.put("hello")
        assert protocol.transport.written.endswith(b"hello")
        protocol.transport.waiting = MAX_BYTES + 1
        with pytest.raises(PhoneGone):
            socket.put("more")
        protocol.transport.waiting, protocol.transport.closing = 0, True
        with pytest.raises(PhoneGone):
            socket.put("more")

    asyncio.run(run())

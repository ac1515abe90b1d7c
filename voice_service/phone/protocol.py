"""Uvicorn's websocket with a short way for a call's messages: handed over as they come, written as they are put.

By ASGI each message is a queue, a task and two turns of the loop, and reading stops and starts again for it: a third of
what a call costs. Handshake, pings, fragments, faults and the close are uvicorn's as ever. Knows no message.
"""

from collections.abc import Callable

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined]
from websockets.protocol import State

FAILED = "phone.failed"
"""Type of the message that `receive` gives when a taker has raised: it has the exception as `error`."""

Take = Callable[[bytes], None]

_WHOLE_TEXT, _MASKED, _TWO_BYTES, _EIGHT_BYTES = 0x81, 0x80, 126, 127  # RFC 6455, 5.2


class PhoneProtocol(WebSocketsSansIOProtocol):
    """One connection. `take`, once set, gets the text messages that `receive` would have given, as they are: bytes."""

    take: Take | None = None

    def data_received(self, data: bytes) -> None:
        """Take whole messages off at once; what is left is the library's to read."""
        rest = self._without_whole_texts(data) if self.take else data
        if rest:
            super().data_received(rest)

    def send_receive_event_to_app(self) -> None:
        """Hand over a message that the library has read."""
        if self.take is None or self.curr_msg_data_type != "text" or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = b"".join(self.frames)
        self.frames = []
        self._give(data)

    def write_text(self, text: str) -> int:
        """Send a message; return how many bytes wait for the network, -1 when the connection takes no more."""
        if not self._is_open or self.transport.is_closing():
            return -1
        self.conn.send_text(text.encode())
        self.transport.write(b"".join(self.conn.data_to_send()))
        return self.transport.get_write_buffer_size()

    @property
    def _is_open(self) -> bool:
        return self.conn.state is State.OPEN and not self.close_sent

    def _without_whole_texts(self, data: bytes) -> bytes:
        """Hand over the messages of one whole frame each that some bytes begin with; return the bytes after them."""
        if self.conn.reader.buffer or self.conn.current_size is not None:
            return data  # the library is in the middle of a frame, or of a message
        at, end = 0, len(data)
        while end - at > 6 and data[at] == _WHOLE_TEXT and self.take and self._is_open:  # noqa: PLR2004 - the header
            length, mask_at = data[at + 1] - _MASKED, at + 2
            if length == _TWO_BYTES:
                length, mask_at = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif length < 0 or length == _EIGHT_BYTES:
                break
            begins = mask_at + 4
            if begins + length > end or length > self.config.ws_max_size:
                break
            self._give(apply_mask(data[begins : begins + length], data[mask_at:begins]))
            at = begins + length
        return data[at:]

    def _give(self, data: bytes) -> None:
        assert self.take is not None  # noqa: S101 - asked before
        try:
            self.take(data)
        except Exception as error:  # noqa: BLE001 - whoever waits for messages is told, not uvicorn
            self.take = None
            self.queue.put_nowait({"type": FAILED, "error": error})  # type: ignore[arg-type]

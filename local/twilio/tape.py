"""A recording of a call: what was said on both sides between two moments, as WAV, and the callback about it."""

import datetime as dt
import io
import wave

import numpy as np

from local.twilio.accounts import new_sid
from local.twilio.leg import Leg
from local.twilio.mulaw import RATE, decode
from local.twilio.twiml import Verb


class Tape:
    """One recording that runs since it was made. Paused parts are silent. Channels: 1 mixed, 2 caller and the rest."""

    def __init__(self, leg: Leg, source: str, *, channels: int, noun: Verb | None = None, sid: str = "") -> None:
        self.sid = sid or new_sid("RE")
        self.status = "in-progress"
        self._leg = leg
        self._noun = noun or Verb("Recording")
        self._channels = channels
        self._start = leg.line.sample()
        self._at = dt.datetime.now(dt.UTC)
        self._paused_at: int | None = None
        self._blank: list[tuple[int, int]] = []
        self._fields = {"sid": self.sid, "source": source, "channels": str(channels)}
        self._tell()

    def set_status(self, status: str) -> None:
        """Pause or go on."""
        now = self._leg.line.sample()
        if status == "paused" and self._paused_at is None:
            self._paused_at = now
        elif status == "in-progress" and self._paused_at is not None:
            self._blank.append((self._paused_at, now))
            self._paused_at = None
        self.status = status
        self._tell()

    async def begun(self) -> None:
        """Tell the callback that it began, if that is wanted."""
        await self._callback("in-progress", 0)

    async def stop(self, *, trimmed_s: float = 0.0) -> dict[str, str]:
        """End it, store it, tell the callback; return the parameters that describe it. Only the first time."""
        if self.status == "completed":
            return {}
        end = self._leg.line.sample() - int(trimmed_s * RATE)
        if self._paused_at is not None:
            self._blank.append((self._paused_at, end))
        self.status = "completed"
        seconds = max(0, round((end - self._start) / RATE))
        self._tell(self._wav(max(end, self._start)), duration=str(seconds))
        described = self._described("completed", seconds)
        self._leg.report.recordings.append(described)
        await self._callback("completed", seconds)
        return {name: described[name] for name in ("RecordingUrl", "RecordingSid", "RecordingDuration")}

    def _wav(self, end: int) -> bytes:
        line = self._leg.line
        sides = np.stack(
            [decode(track.read(self._start, end - self._start)) for track in (line.mouth, line.ear)], axis=1
        )
        for first, last in self._blank:
            sides[first - self._start : last - self._start] = 0
        if self._channels == 1:
            sides = np.clip(sides.astype(np.int32).sum(axis=1), -32_768, 32_767).astype(np.int16)
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(self._channels)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(sides.astype("<i2").tobytes())
        return buffer.getvalue()

    def _tell(self, wav: bytes = b"", **more: str) -> None:
        fields = {
            **self._fields,
            "call_sid": self._leg.sid,
            "account_sid": self._leg.account.sid,
            "status": self.status,
        }
        self._leg.link.tell({"do": "recording", "fields": {**fields, **more}, "wav": wav})

    def _described(self, status: str, seconds: int) -> dict[str, str]:
        sid = self._leg.account.sid
        return {
            "AccountSid": sid,
            "CallSid": self._leg.sid,
            "RecordingSid": self.sid,
            "RecordingUrl": f"{self._leg.link.api}/2010-04-01/Accounts/{sid}/Recordings/{self.sid}",
            "RecordingStatus": status,
            "RecordingDuration": str(seconds),
            "RecordingChannels": str(self._channels),
            "RecordingStartTime": self._at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "RecordingSource": self._fields["source"],
            "RecordingTrack": "both",
            "ErrorCode": "0",
        }

    async def _callback(self, event: str, seconds: int) -> None:
        url = self._noun.get("recordingStatusCallback")
        if url and event in self._noun.get("recordingStatusCallbackEvent", "completed").split():
            method = self._noun.get("recordingStatusCallbackMethod")
            await self._leg.notify(method, url, self._described(event, seconds))

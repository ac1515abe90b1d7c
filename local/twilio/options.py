"""What can be chosen about the phone network: voices, speed, who answers, and what goes wrong on purpose."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from local.twilio.messages import MEDIA_FORMAT
from local.twilio.script import Step
from local.twilio.voices import Babble, Voice
from local.twilio.web import Reach


@dataclass(frozen=True)
class Person:
    """Who is at a number that is called by <Dial> or by the REST API.

    answers: what happens after `after_s` of ringing. machine: AnsweredBy, where detection is asked for.
    """

    answers: Literal["answer", "busy", "no-answer", "failed", "canceled"] = "answer"
    after_s: float = 1.0
    script: Sequence[Step] = ()
    machine: str = "human"
    patience_s: float = 5.0


@dataclass(frozen=True)
class StreamFaults:
    """What goes wrong with a call's media streams; times are seconds since the stream began.

    signing          good, forged or missing, of the handshake alone
    connected, start whether these messages are sent at all
    parameters       customParameters in place of TwiML's: a token that was used before, or somebody else's
    call_sid         a callSid in `start` in place of the call's
    media_format     another format
    messages         (when, text or, as bytes, a binary frame) sent in between: malformed messages
    wire             (when, bytes) put on the wire as they are: broken websocket frames
    cut_after_s      the socket is reset, and the caller is gone
    mute_after_s     nothing more is sent, not even stop or a close; the connection stays
    stop, close      whether the stop message is sent at the end, and whether the socket is closed then
    deaf_after_s     nothing more is read from the network
    jitter_ms        each frame leaves up to that much late
    burst_every_s, burst_s   every so often frames are held back for a while, and then sent at once
    """

    signing: str = "good"
    connected: bool = True
    start: bool = True
    parameters: Mapping[str, str] | None = None
    call_sid: str = ""
    media_format: Mapping[str, Any] = field(default_factory=lambda: MEDIA_FORMAT)
    messages: Sequence[tuple[float, str | bytes]] = ()
    wire: Sequence[tuple[float, bytes]] = ()
    cut_after_s: float | None = None
    mute_after_s: float | None = None
    stop: bool = True
    close: bool = True
    deaf_after_s: float | None = None
    jitter_ms: float = 0.0
    burst_every_s: float = 0.0
    burst_s: float = 0.0


@dataclass(frozen=True)
class Options:
    """One phone network.

    Args:
        voice: the callers'. twilio_voice: that of <Say>.
        speed: how much faster than the wall its time goes.
        reach: how addresses are reached, Twilio's time limits, and false signatures of webhooks.
        people: who is at which number; nobody answers the others.
        link: the address of a REST server (`local.twilio`), where calls are shown and updates come from.
        recognition_s: how long speech recognition takes.
        declined: the DialCallStatus of a call that a whisper ended. Twilio's documents leave it open; sources disagree.
        tls: for wss and https without a route; the system's certificates if not given.
    """

    voice: Voice = field(default_factory=Babble)
    twilio_voice: Voice = field(default_factory=Babble)
    speed: float = 1.0
    reach: Reach = field(default_factory=Reach)
    people: Mapping[str, Person] = field(default_factory=dict)
    link: str = ""
    recognition_s: float = 0.0
    declined: str = "completed"
    tls: ssl.SSLContext | None = None

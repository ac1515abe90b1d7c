"""What Twilio is told to do with one call: TwiML, verb by verb. Decides nothing."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from twilio.twiml.voice_response import Connect, Dial, Gather, Start, Stream, VoiceResponse

from shared.api.voice.language import locale_of, saying, voice_of
from shared.api.voice.services import VoiceServices
from shared.api.voice.webhook import Webhook
from shared.domain.phone import greeting_of
from shared.domain.phrases import base, say
from shared.web.stream_tokens import PARAMETER, StreamGrant

MAX_HINTS = 500  # characters
# <Record transcribe> understands English alone.
_TRANSCRIBED = "en"
_LONGEST_MESSAGE_S = 180


@dataclass(frozen=True)
class Place:
    """Where in the turns a call is; it travels in the address of the next webhook.

    Args:
        entry: of this stretch of turns: a call that was with a stream or a person meanwhile counts them anew.
        turn: the number of the caller's next words.
        silences: how often in a row nothing was said.
        offer: the link that was offered just now, by its call to action's id; "" none.
        waits: how often the caller was asked to wait for this turn's answer.
        verified: the network vouches for the caller's number: only the first webhook tells that.
    """

    entry: str = field(default_factory=lambda: secrets.token_hex(4))
    turn: int = 1
    silences: int = 0
    offer: str = ""
    waits: int = 0
    verified: bool = False

    @classmethod
    def of(cls, hook: Webhook) -> "Place":
        """Return where a webhook says that its call is."""
        return cls(
            hook.query.get("entry", "")[:16], max(1, hook.number_of("turn")), hook.number_of("silences"),
            hook.query.get("offer", ""), hook.number_of("waits"), hook.caller.verified,
        )  # fmt: skip

    def next(self, offer: str = "") -> "Place":
        """Return the place after the caller's words were answered."""
        return Place(self.entry, self.turn + 1, offer=offer, verified=self.verified)

    @property
    def query(self) -> str:
        """As the query of an address."""
        parts = {
            "entry": self.entry, "turn": self.turn, "silences": self.silences, "offer": self.offer,
            "waits": self.waits, "v": int(self.verified),
        }  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass
class Document:
    """The TwiML that answers one webhook. Texts are played as sound when that can be had within `patience_s`."""

    services: VoiceServices
    hook: Webhook
    patience_s: float = 2.0
    response: VoiceResponse = field(default_factory=VoiceResponse)

    def phrase(self, key: str, **values: object) -> str:
        """Return one of the fixed sentences in the line's language."""
        return say(key, self.hook.language, **values)

    def say(self, *texts: str) -> None:
        """Speak."""
        self._speak(self.response, [text for text in texts if text])

    def gather(self, place: Place, *texts: str) -> None:
        """Speak, and listen meanwhile and afterwards to what the caller says or types."""
        config, silence = self.hook.tenant.config, self.hook.phone.silence
        patience_s = silence.end_after - silence.ask_after if place.silences else silence.ask_after
        listening = Gather(
            input="speech dtmf", action=self.url(f"fallback?{place.query}"), method="POST", language=locale_of(config),
            timeout=max(1, round(patience_s)), speech_timeout="auto", action_on_empty_result=True,
            profanity_filter=False, hints=self._hints(),
        )  # fmt: skip
        self._speak(listening, [text for text in texts if text])
        self.response.append(listening)

    def stream(self) -> None:
        """Connect the call to the media service, and ask /voice/fallback when that has ended."""
        caller, config = self.hook.caller, self.hook.tenant.config
        grant = StreamGrant(
            self.hook.tenant.id, caller.call_id, caller.session_id, caller.number, caller.verified,
            greeting_of(config, self.hook.language), secrets.token_urlsafe(12),
        )  # fmt: skip
        stream = Stream(url=f"{self.services.stream_url}/stream")
        stream.parameter(name=PARAMETER, value=self.services.streams.issue(grant))
        connect = Connect(action=self.url("fallback"), method="POST")
        connect.append(stream)
        self.response.append(connect)

    def record_call(self) -> None:
        """Let Twilio record the call from here on."""
        start = Start()
        told = self.url(f"recording?{urlencode({'business': self.hook.tenant.id})}")
        start.recording(
            channels="dual", recording_status_callback=told, recording_status_callback_method="POST",
            recording_status_callback_event="completed",
        )  # fmt: skip
        self.response.append(start)

    def take_message(self, *texts: str) -> None:
        """Speak, and record what the caller wants to leave; who leaves nothing hears goodbye."""
        self.say(*texts, self.phrase("phone_leave_message"))
        told = self.url(f"message?{urlencode({'business': self.hook.tenant.id})}")
        transcribed = base(self.hook.language) == _TRANSCRIBED
        self.response.record(
            action=self.url("message"), method="POST", max_length=_LONGEST_MESSAGE_S, timeout=5, play_beep=True,
            transcribe=transcribed or None, transcribe_callback=told if transcribed else None,
        )  # fmt: skip
        self.hang_up(self.phrase("phone_goodbye"))

    def dial(self, back: Place | None) -> None:
        """Ring the person whom callers are put through to. `back`: to which turn if nobody comes; None a stream."""
        transfer = self.hook.phone.transfer
        assert transfer is not None  # noqa: S101 - `can_transfer` was asked
        action = self.url("action" + (f"?{back.query}" if back else ""))
        dial = Dial(timeout=transfer.ring_seconds, action=action, method="POST", caller_id=self.hook.line.number)
        named = urlencode({"business": self.hook.tenant.id, "call": self.hook.call_id})
        whisper = self.url(f"whisper?{named}") if transfer.whisper else None
        dial.number(transfer.number, url=whisper, method="POST" if whisper else None)
        self.response.append(dial)

    def whisper(self, text: str) -> None:
        """Ask the person who picked up for a key. No key, no call: it may be a voicemail."""
        named = urlencode({"business": self.hook.tenant.id, "call": self.hook.call_id, "taken": 1})
        keys = Gather(input="dtmf", num_digits=1, timeout=8, action=self.url(f"whisper?{named}"), method="POST")
        self._speak(keys, [text])
        self.response.append(keys)
        self.response.hangup()

    def wait(self, place: Place) -> None:
        """Ask for a moment, and come back to the same turn."""
        self.say(self.phrase("phone_wait"))
        self.response.redirect(self.url(f"fallback?{replace(place, waits=place.waits + 1).query}"), method="POST")

    def hang_up(self, *texts: str) -> None:
        """Speak, and end the call."""
        self.say(*texts)
        self.response.hangup()

    def url(self, name: str) -> str:
        """Return the address of one of our webhooks. Absolute: Twilio signs it as it is written here."""
        return f"{self.services.public_url}/voice/{name}"

    def _speak(self, target: VoiceResponse | Gather, texts: Sequence[str]) -> None:
        if self.hook.is_over:
            return
        config, wait_s = self.hook.tenant.config, self.patience_s
        for said in self.services.speaker.utter(self.hook.tenant.id, texts, voice_of(config), wait_s):
            if said.url:
                target.play(said.url)
            else:
                target.say(said.text, **saying(locale_of(config)))

    def _hints(self) -> str:
        """Return words that the recogniser is to expect."""
        config = self.hook.tenant.config
        words = [config.name, *(goal.id for goal in config.goals), *(node.label for node in config.ctas())]
        hints = ""
        for word in dict.fromkeys(" ".join(word.replace(",", " ").replace("-", " ").split()) for word in words):
            longer = f"{hints},{word}" if hints else word
            if len(longer) <= MAX_HINTS:
                hints = longer
        return hints

"""Puts the voice function together from the adapters of a process. Reads no settings."""

from dataclasses import dataclass
from typing import Protocol

from shared.adapters.known_lines import KnownLines
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.personal import Sealing
from shared.adapters.postgres.voice_lines import LineStore
from shared.adapters.speech.cache import SpokenTexts
from shared.adapters.speech.edge import EdgeSpeech
from shared.adapters.storage import Storage
from shared.adapters.twilio_rest import TwilioRest
from shared.api.voice.answers import Answers
from shared.api.voice.app import VoiceApp
from shared.api.voice.services import VoiceServices
from shared.api.voice.speaking import Speaker, SpeechMeter
from shared.health import HealthCheck
from shared.ports import Ports
from shared.web.stream_tokens import StreamTokens


@dataclass(frozen=True)
class Addresses:
    """Where things are: this function and the media service for Twilio; Twilio's API and the speech endpoint for us."""

    public: str
    media: str | None
    twilio: str | None
    speech: str | None


class Adapters(Protocol):
    """The adapters of a process: its wiring."""

    @property
    def database(self) -> Database:
        """Postgres."""
        ...

    @property
    def sealing(self) -> Sealing:
        """How visitors' personal data is kept."""
        ...

    @property
    def storage(self) -> Storage:
        """The bucket."""
        ...

    @property
    def lines(self) -> LineStore:
        """Phone lines."""
        ...

    @property
    def secret_keys(self) -> list[str]:
        """The platform's keys, newest first."""
        ...

    @property
    def health(self) -> HealthCheck:
        """Checks of every dependency."""
        ...

    def warm_up(self) -> None:
        """Import what the engine needs."""
        ...


def voice_app(addresses: Addresses, ports: Ports, adapters: Adapters) -> VoiceApp:
    """Return the application."""
    speech = EdgeSpeech(addresses.speech)
    meter = SpeechMeter()
    recordings = SpokenTexts(speech, adapters.storage, meter.made)
    services = VoiceServices(
        ports=ports,
        lines=KnownLines(adapters.lines),
        calls=CallStore(adapters.database, adapters.sealing),
        texts=TwilioRest(addresses.twilio),
        answers=Answers(ports),
        speaker=Speaker(recordings, addresses.public),
        recordings=recordings,
        speech=meter,
        streams=StreamTokens(adapters.secret_keys),
        health=adapters.health,
        public_url=addresses.public,
        stream_url=socket_url(addresses.media or ""),
    )

    def warm_all() -> None:
        adapters.storage.warm_up()
        speech.warm_up()
        adapters.warm_up()

    return VoiceApp(services, warm_all)


def socket_url(url: str) -> str:
    """Return the address of a websocket server, as it was written or as a website's; "" for no address."""
    scheme, separator, rest = url.rstrip("/").partition("://")
    return f"{'wss' if scheme in ('https', 'wss') else 'ws'}://{rest}" if separator else ""

"""Twilio's REST API over its own library: whether a line works, its webhooks, and text messages. Retries nothing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.domain.errors import Conflict, PlatformError, Unavailable
from shared.domain.voice import LineCheck, PhoneLine, WebhookChange, Webhooks

if TYPE_CHECKING:
    from twilio.rest import Client

TIMEOUT_S = 8.0  # to connect, and then for each part of an answer
_MAX_SMS = 1600
_MAX_RECORDINGS = 100  # of one call

_wire = logging.getLogger(f"{__name__}.wire")
_wire.setLevel(logging.WARNING)  # the library logs every text and number it sends

_TOO_MANY, _OUR_SIDE = 429, 400
_SENTENCES = {
    20003: "Twilio refuses the account SID or the auth token",
    20005: "the account at Twilio is not active",
    21211: "the number to text is not a valid one",
    21408: "the account may not text to that country",
    21606: "this line cannot send text messages",
    21610: "the recipient does not want text messages from this line",
    21612: "no text message can be sent from this line to that number",
    21614: "the number to text is not a mobile one",
    21659: "this line's number is not the account's",
}


class TwilioRest:
    """A business's account at Twilio.

    Args:
        base_url: another server that speaks Twilio's API; None is Twilio.
    """

    def __init__(self, base_url: str | None = None) -> None:
        self._base_url = base_url

    def check(self, line: PhoneLine, urls: Webhooks | None) -> list[LineCheck]:
        """Say what works: the account, the number in it, and that it calls `urls`. Changes nothing; never raises."""
        checks: list[LineCheck] = []
        try:
            with self._client(line) as client:
                checks += _account(client)
                number = _number(client, line)
        except PlatformError as error:
            return [*checks, LineCheck("number" if checks else "account", ok=False, detail=error.detail)]
        if number is None:
            return [*checks, LineCheck("number", ok=False, detail=f"{line.number} is not a number of this account")]
        return [*checks, LineCheck("number", ok=True, detail="belongs to the account"), *_webhooks(number, urls)]

    def configure(self, line: PhoneLine, urls: Webhooks, *, dry_run: bool = False) -> list[WebhookChange]:
        """Let the number call `urls`; return what that changes (or would, with `dry_run`), nothing the second time.

        Raises:
            Conflict: Twilio says no, in a sentence why.
            Unavailable: no answer, or none that helps.
        """
        with self._client(line) as client:
            number = _number(client, line)
            if number is None:
                raise _refused(f"{line.number} is not a number of this account")
            changes = _changes(number, urls)
            if changes and not dry_run:
                number.update(**{change.setting: change.after for change in changes})
        return changes

    def send_sms(self, line: PhoneLine, to: str, text: str) -> str:
        """Send a text message from the line, once, and return its id (MessageSid): it is on its way, not delivered.

        Raises:
            Conflict: Twilio does not take it, in a sentence why.
            Unavailable: no answer, or none that helps; it may have been sent nevertheless.
        """
        with self._client(line) as client:
            sid = client.messages.create(to=to, from_=line.number, body=text[:_MAX_SMS]).sid
        return str(sid)

    def delete_recordings(self, line: PhoneLine, call_id: str) -> int:
        """Delete every recording of a call; return how many there were. A second time there is none.

        Raises:
            Conflict: Twilio says no, in a sentence why.
            Unavailable: no answer, or none that helps; some may be gone.
        """
        with self._client(line) as client:
            listed = client.recordings.list(call_sid=call_id, limit=_MAX_RECORDINGS)
            # An account's other recordings are not ours: what a filter lets through is looked at again.
            found = [recording for recording in listed if recording.call_sid == call_id]
            for recording in found:
                recording.delete()
        return len(found)

    @contextmanager
    def _client(self, line: PhoneLine) -> Iterator["Client"]:
        """Open a client of the line's account; what goes wrong with it becomes one of our errors."""
        from twilio.base.exceptions import TwilioException
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        http = TwilioHttpClient(timeout=TIMEOUT_S, logger=_wire)
        # Without variables of its own it would look for some in the process's.
        client = Client(line.account_sid, line.token, http_client=http, environment={"TWILIO_EDGE": ""})
        if self._base_url:
            client.api.base_url = self._base_url
        try:
            yield client
        except TwilioException as error:
            raise _translated(error) from None
        except (OSError, ValueError) as error:  # requests' own errors are OSErrors; ValueError: not JSON
            raise Unavailable("Twilio cannot be reached.") from error
        finally:
            if http.session:
                http.session.close()


def _account(client: "Client") -> list[LineCheck]:
    status = str(client.api.accounts(client.account_sid).fetch().status)
    active = status == "active"
    return [LineCheck("account", ok=active, detail="is active" if active else f"is {status[:20]}, not active")]


def _number(client: "Client", line: PhoneLine) -> Any:  # noqa: ANN401 - the library publishes no types
    """Return the line's number at Twilio; its filter also finds numbers that only contain it."""
    found = client.incoming_phone_numbers.list(phone_number=line.number, limit=20)
    return next((number for number in found if number.phone_number == line.number), None)


def _changes(number: Any, urls: Webhooks) -> list[WebhookChange]:  # noqa: ANN401 - as above
    wanted = {
        "voice_url": urls.voice_url, "voice_method": "POST",
        "voice_fallback_url": urls.fallback_url, "voice_fallback_method": "POST",
        "status_callback": urls.status_url, "status_callback_method": "POST",
        "voice_application_sid": "",  # with one, Twilio would not look at the addresses
    }  # fmt: skip
    found = {setting: str(getattr(number, setting) or "") for setting in wanted}
    return [
        WebhookChange(setting, found[setting], value) for setting, value in wanted.items() if found[setting] != value
    ]


def _webhooks(number: Any, urls: Webhooks | None) -> list[LineCheck]:  # noqa: ANN401 - as above
    if urls is None:
        return [
            LineCheck("webhook", ok=False, detail="PUBLIC_VOICE_URL is not set: where Twilio should call is unknown")
        ]
    diverted = number.trunk_sid or number.voice_application_sid
    checks = []
    for name, is_, method, wanted in (
        ("webhook", number.voice_url, number.voice_method, urls.voice_url),
        ("fallback", number.voice_fallback_url, number.voice_fallback_method, urls.fallback_url),
        ("status callback", number.status_callback, number.status_callback_method, urls.status_url),
    ):
        ok, detail = (is_, method) == (wanted, "POST"), f"should be POST {wanted}"
        if diverted and name != "status callback":
            ok, detail = False, f"a SIP trunk or TwiML application takes the calls ({str(diverted)[:40]})"
        checks.append(LineCheck(name, ok=ok, detail="is set" if ok else detail))
    return checks


def _translated(error: Any) -> PlatformError:  # noqa: ANN401 - the library publishes no types
    page = error.args[1] if len(error.args) > 1 else None  # a list that failed names its answer alone
    status, code = getattr(error, "status", getattr(page, "status_code", 0)), getattr(error, "code", 0)
    if not isinstance(status, int) or not _OUR_SIDE <= status < 500 or status == _TOO_MANY:  # noqa: PLR2004 - HTTP's
        return Unavailable("Twilio has no answer that helps now.")
    fallback = _SENTENCES[20003] if status in (401, 403) else f"Twilio refuses this (error {code})"
    return _refused(_SENTENCES.get(code, fallback))


def _refused(sentence: str) -> Conflict:
    return Conflict(f"{sentence[0].upper()}{sentence[1:]}.", code="twilio_refused")

"""The voice function's routes. Twilio always gets TwiML, whatever goes wrong; only what is not Twilio's is refused."""

import logging
import re
import threading
from collections.abc import Callable
from typing import Any

from flask import Request, Response
from twilio.twiml.voice_response import VoiceResponse

from shared import logs
from shared.api.health import Health, get_health
from shared.api.voice.after import post_message, post_recording, post_status
from shared.api.voice.counting import count_speech
from shared.api.voice.document import Document
from shared.api.voice.incoming import post_incoming
from shared.api.voice.services import VoiceServices
from shared.api.voice.transfer import post_action, post_whisper
from shared.api.voice.turns import post_fallback
from shared.api.voice.webhook import Webhook, received
from shared.domain.business import BUSINESS_ID
from shared.domain.errors import NotFound, PlatformError
from shared.domain.phrases import say
from shared.web.call import Call, Reply
from shared.web.router import Route, Router

_log = logging.getLogger(__name__)

Answer = Callable[[Document], None]
Sorry = Callable[[VoiceServices, Call, str], VoiceResponse]

GREETING_S, REPLY_S = 2.0, 3.5
MOST_TROUBLES = 3
_UNKNOWN = "en"  # whose line it is, is not known, and so no language


def _go_on(services: VoiceServices, call: Call, language: str) -> VoiceResponse:
    """Say sorry and let Twilio ask once more, a few times; a database that was away may be back."""
    response = VoiceResponse()
    troubles = call.request.args.get("trouble", "")
    count = int(troubles) if troubles.isascii() and troubles.isdigit() and len(troubles) == 1 else 0
    if count >= MOST_TROUBLES:
        response.say(say("phone_not_now", language))
        response.hangup()
        return response
    response.say(say("phone_trouble", language))
    response.pause(length=1 + count)
    response.redirect(f"{services.public_url}/voice/fallback?trouble={count + 1}", method="POST")
    return response


def _be_quiet(_services: VoiceServices, _call: Call, _language: str) -> VoiceResponse:
    """Do nothing: nobody hears it, or the person who picked up is connected."""
    return VoiceResponse()


def twiml(answer: Answer, patience_s: float = REPLY_S, sorry: Sorry = _go_on) -> Callable[..., Response]:
    """Return the handler of a webhook.

    Args:
        answer: fills the document.
        patience_s: how long to wait for sound.
        sorry: what to answer when something fails.
    """

    def handle(services: VoiceServices, call: Call) -> Response:
        try:
            hook = received(services, call.request)
        except PlatformError as error:
            if error.status < 500:  # noqa: PLR2004 - HTTP's: not Twilio's, or not a webhook
                raise
            logs.event(_log, "webhook_unproven", logging.ERROR, code=error.code)
            return _xml(sorry(services, call, _UNKNOWN))
        except Exception:  # noqa: BLE001 - such as a token that no key opens: the caller hears a sentence, not an error
            logs.event(_log, "webhook_unproven", logging.ERROR)
            return _xml(sorry(services, call, _UNKNOWN))
        if hook is None:
            return _xml(_nobody())
        with logs.bound(business_id=hook.tenant.id, session=logs.pseudonym(hook.caller.session_id)):
            return _xml(_answered(services, call, hook))

    def _answered(services: VoiceServices, call: Call, hook: Webhook) -> VoiceResponse:
        document = Document(services, hook, patience_s)
        try:
            answer(document)
        except Exception:  # noqa: BLE001 - the edge: a call is not dropped
            logs.event(_log, "webhook_failed", logging.ERROR)
            return sorry(services, call, hook.language)
        count_speech(document)
        return document.response

    return handle


def _nobody() -> VoiceResponse:
    """Answer for a number that is nobody's, or whose business is gone: it says nothing about anybody."""
    response = VoiceResponse()
    response.say(say("phone_not_now", _UNKNOWN))
    response.hangup()
    return response


def _xml(response: VoiceResponse) -> Response:
    return Response(str(response), content_type="text/xml; charset=utf-8", headers={"Cache-Control": "no-store"})


def get_audio(services: VoiceServices, call: Call) -> Response:
    """Return something that is said on the phone as MP3. Twilio does not sign such requests: the key is the secret."""
    known = re.fullmatch(BUSINESS_ID, call.business_id)
    sound = services.recordings.read(call.business_id, call.path["key"]) if known else None
    if sound is None:
        raise NotFound("There is nothing of this name.")
    keep = {"Cache-Control": "public, max-age=604800, immutable"}
    return Response(sound, content_type="audio/mpeg", headers=keep)


def get_openapi(_services: VoiceServices, _call: Call) -> Reply:
    """Return this API's OpenAPI document."""
    return Reply(document())


def document() -> dict[str, Any]:
    """Return this API's OpenAPI document."""
    from shared.web.openapi import describe

    return describe(
        "Voice", "What Twilio calls for a phone line. Webhooks are forms, signed, answered in TwiML.", ROUTES
    )


_TWILIO = (400, 403, 413)
ROUTES: tuple[Route[VoiceServices], ...] = (
    Route("POST", "/voice/incoming", twiml(post_incoming, GREETING_S), "A call comes in", errors=_TWILIO),
    Route("POST", "/voice/fallback", twiml(post_fallback), "What is next: after the stream, and every turn",
          errors=_TWILIO),
    Route("POST", "/voice/action", twiml(post_action), "A person was rung", errors=_TWILIO),
    Route("POST", "/voice/whisper", twiml(post_whisper, sorry=_be_quiet), "A person picked up", errors=_TWILIO),
    Route("POST", "/voice/message", twiml(post_message), "A message was left", errors=_TWILIO),
    Route("POST", "/voice/recording", twiml(post_recording, sorry=_be_quiet), "A recording is ready", errors=_TWILIO),
    Route("POST", "/voice/status", twiml(post_status, sorry=_be_quiet), "A call has ended", errors=_TWILIO),
    Route("GET", "/voice/audio/<business_id>/<key>.mp3", get_audio, "Something that is said, as MP3",
          media_types=("audio/mpeg",), errors=(404, 503)),
    Route("GET", "/health", get_health, "Dependencies and their latency", result=Health, errors=(503,)),
    Route("GET", "/openapi.json", get_openapi, "This document"),
)  # fmt: skip


class VoiceApp:
    """Answers the voice function's requests."""

    def __init__(self, services: VoiceServices, warm_up: Callable[[], None]) -> None:
        self._router = Router(ROUTES, services)
        self._warm_up: Callable[[], None] | None = warm_up

    def handle(self, request: Request) -> Response:
        """Return the response for any request; never raises."""
        response = self._router.dispatch(request)
        if self._warm_up:  # after the first answer, in the background: at import it would delay that answer
            warm_up, self._warm_up = self._warm_up, None
            threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        return response

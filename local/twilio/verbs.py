"""What each verb of TwiML does. The larger ones have modules of their own."""

from collections.abc import Mapping

from local.twilio.dial import dial
from local.twilio.flow import End, Flow, FlowError, Goto, Performer, Step
from local.twilio.gather import gather
from local.twilio.mulaw import RATE, SILENCE
from local.twilio.record import record
from local.twilio.sounds import SoundError, decoded
from local.twilio.streaming import connect, start, stop
from local.twilio.twiml import Verb

_FOREVER = 1000
_KEY_S = 0.2


async def say(flow: Flow, verb: Verb) -> Step | None:
    """Speak a text."""
    flow.leg.answer()
    for _ in range(_loops(verb)):
        await flow.say(verb.text)
    return None


async def play(flow: Flow, verb: Verb) -> Step | None:
    """Fetch a sound file and play it, or play keys."""
    flow.leg.answer()
    if verb.get("digits"):
        await flow.play(SILENCE * int(len(verb.get("digits")) * _KEY_S * RATE), "digits")
        return None
    url = flow.resolve(verb.text)
    answer = await flow.leg.web.media(url, at=flow.line.now())
    try:
        data = decoded(answer.content_type, answer.body)
    except SoundError as error:
        raise FlowError(12300, f"{url}: {error}") from None
    for _ in range(_loops(verb)):
        flow.leg.report.played.append(url)
        await flow.play(data, f"play:{url}")
    return None


async def pause(flow: Flow, verb: Verb) -> Step | None:
    """Wait. It does not answer a ringing call."""
    await flow.line.clock.sleep(verb.seconds("length", 1.0))
    return None


async def hangup(flow: Flow, _: Verb) -> Step | None:
    """End the call."""
    flow.leg.answer()
    return End("hangup")


async def reject(flow: Flow, verb: Verb) -> Step | None:
    """Do not answer; a call that was answered is ended."""
    flow.leg.extra["reject"] = verb.get("reason", "rejected")
    return End("reject")


async def redirect(flow: Flow, verb: Verb) -> Step | None:
    """Go on elsewhere."""
    flow.leg.answer()
    return Goto(flow.resolve(verb.text), verb.get("method", "POST"))


def _loops(verb: Verb) -> int:
    return int(verb.seconds("loop", 1)) or _FOREVER


VERBS: Mapping[str, Performer] = {
    "Say": say,
    "Play": play,
    "Pause": pause,
    "Hangup": hangup,
    "Reject": reject,
    "Redirect": redirect,
    "Gather": gather,
    "Record": record,
    "Dial": dial,
    "Connect": connect,
    "Start": start,
    "Stop": stop,
}

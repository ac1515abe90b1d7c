"""`make call`: phones the demo business. A simulated caller speaks, through Twilio's protocol, to the real functions.

Uses the platform that `make run` has started, or starts one of its own. Prints the transcript and how long the caller
waited, and leaves a WAV: the caller left, the assistant right.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from local.run import DATA, start
from local.seed import DEMO_NUMBER, Admin, SeedError, demo_business
from local.speech.ears import Recogniser
from local.speech.unavailable import SpeechUnavailable
from local.speech.voice import synthesise
from local.speech.words import spoken
from local.stack.platform import Platform
from local.stack.ports import DEFAULT_BASE, Ports, is_free
from local.stack.process import StackError
from local.twilio.caller import Caller
from local.twilio.mulaw import RATE, Pcm
from local.twilio.network import Network
from local.twilio.options import Options
from local.twilio.report import CallReport
from local.twilio.script import BargeIn, HangUp, Listen, Say, Step

CALLER = "+447700900123"
# What Live's stand-in does in the call: its session is killed after eight seconds of sound, or none is to be had.
LIVE: dict[str, list[dict[str, Any]]] = {
    "fine": [],
    "killed": [{"kind": "kill", "code": 1011, "after_audio_frames": 400}],
    "absent": [{"kind": "refuse_handshake", "status": 503, "times": 1000}],
}
QUESTIONS = (
    "How much is a full service?",
    "What are your opening hours?",
    "Sorry, how much is a puncture repair?",
    "My name is Ana Lopez and my email is a n a at acme mail dot com",
    "That is all, thank you, goodbye",
)


class RealVoice:
    """The callers' voice."""

    def say(self, text: str, rate: int) -> Pcm:
        """Return the text spoken."""
        return synthesise(text, rate, "caller")


def main() -> int:
    """Call, and tell how it was."""
    options = _options()
    words = tuple(options.words) or QUESTIONS
    try:
        synthesise("ready", RATE, "caller")
        with _platform(options.port_base) as platform:
            return _called(platform, words, options.wav, LIVE[options.live])
    except (StackError, SeedError, SpeechUnavailable, httpx2.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def script(words: Sequence[str]) -> list[Step]:
    """Return what the caller does: listens, speaks, and talks into an answer whose question begins with "Sorry"."""
    steps: list[Step] = [Listen()]
    for number, text in enumerate(words):
        barges = number > 0 and text.startswith("Sorry")
        if barges:
            steps.pop()  # the answer before is not waited for
        steps += [BargeIn(900, Say(text)) if barges else Say(text), Listen(timeout_s=25)]
    return [*steps, HangUp()]


def _called(platform: Platform, words: Sequence[str], wav: Path, faults: list[dict[str, Any]]) -> int:
    business = demo_business(platform.site_url)["id"]
    admin = Admin(platform.admin_url, platform.admin_key)
    with httpx2.Client(base_url=f"http://127.0.0.1:{platform.ports.gemini}", trust_env=False) as live:
        if platform.gemini:
            # Its ears know what this caller is going to say: a recogniser for any words is not to be had offline.
            manner = {"speech": "real", "phrases": list(words), "faults": faults}
            live.put("/control/live", json=manner).raise_for_status()
        try:
            report = asyncio.run(_call(platform, script(words)))
        finally:
            if platform.gemini:
                live.delete("/control/live")
    report.save(wav)
    record = _record(admin, f"/v1/businesses/{business}/calls/{report.sid}")
    analytics = admin.call("GET", f"/v1/businesses/{business}/analytics/summary?channel=voice")["figures"]
    admin.close()
    _tell(report, record, wav)
    counted = ("conversations", "calls", "turns", "leads")
    print(f"  In analytics      {', '.join(f'{analytics[name]} {name}' for name in counted)} by phone in 30 days")
    email = record["fields"].get("email")
    if email:
        print(f"  In the CRM        {_in_crm(platform, email) or 'not yet'}\n")
    return 0 if any(turn.latency_s for turn in report.turns) else 1


async def _call(platform: Platform, steps: Sequence[Step]) -> CallReport:
    voice = RealVoice()
    async with Network(Options(voice, voice, link=f"{platform.crm_url}/twilio")) as network:
        return await Caller(CALLER, network=network).call(DEMO_NUMBER, script=steps, patience_s=8)


def _record(admin: Admin, path: str) -> dict[str, Any]:
    """Return the call as its owner sees it, once it is told to have ended."""
    ends = time.monotonic() + 10
    while True:
        found: dict[str, Any] = admin.call("GET", path)
        if (found["status"] == "completed" and found["reason"]) or time.monotonic() > ends:
            return found
        time.sleep(0.2)


def _in_crm(platform: Platform, email: str) -> str:
    """Return the contact that the worker has brought into the CRM's stand-in, "" when none comes."""
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        records = httpx2.get(f"{platform.crm_url}/hubspot/_records", trust_env=False).json()
        found = [contact for contact in records["contacts"] if contact["email"] == email]
        if found:
            return f"{found[0]['name']}, {email} (id {found[0]['id']}), {len(records['notes'])} notes"
        time.sleep(0.5)
    return ""


def _tell(report: CallReport, record: dict[str, Any], wav: Path) -> None:
    for line in record["transcript"]:
        print(f"  {line['at_ms'] / 1000:6.1f} s  {line['who']:>9}  {line['text']}")
    waits = [f"{turn.latency_s * 1000:.0f}" for turn in report.turns if turn.latency_s is not None]
    stops = [f"{turn.stopped_s * 1000:.0f}" for turn in report.turns if turn.stopped_s is not None]
    figures = record["latency"]
    replies = [line["text"] for line in record["transcript"] if line["who"] == "assistant"]
    heard = [
        _heard(report, item.start, item.end, replies) for item in report.heard if not item.source.startswith("say")
    ]
    print(f"""
  Details noted     {record["fields"] or "none"}
  Outcome           {record["outcome"]} ({record["reason"]}), {record["seconds"]} s
  Answers after     {", ".join(waits) or "-"} ms (from the caller's last sound to the assistant's first)
  Silent after      {", ".join(stops) or "-"} ms (from the caller's first sound, where they talked into an answer)
  Holes in speech   {len(report.underruns)}
  Model's line      lost and had again {figures.get("reconnects", 0)} times, changed {figures.get("rotations", 0)} times
  Recogniser hears  {" / ".join(filter(None, heard)) or "-"}
  WAV               {wav}   (caller left, assistant right)
""")


def _heard(report: CallReport, start: float, end: float, replies: Sequence[str]) -> str:
    """Return what an independent recogniser makes of a stretch of what the caller heard."""
    sound = report.sound()[int(start * RATE) : int(end * RATE) + RATE // 5, 1]
    return Recogniser([spoken(reply) for reply in replies]).recognise(sound, RATE) if replies else ""


@contextmanager
def _platform(base: int) -> Iterator[Platform]:
    """Yield the platform that runs above `base`, else a new one that ends with the block."""
    ports, key = Ports.from_base(base), DATA / "admin-key"
    if not is_free(ports.voice_service) and key.exists():
        real = bool(os.environ.get("GEMINI_API_KEY") or os.environ.get("GOOGLE_GENAI_USE_VERTEXAI"))
        yield Platform(ports, DATA, os.environ.get("ADMIN_API_KEY") or key.read_text().strip(), gemini=not real)
        return
    with tempfile.TemporaryDirectory(prefix="chatbot-call-") as folder:
        Path(folder).chmod(0o755)  # Postgres may run as another user
        platform = Platform(Ports.free(), Path(folder), f"call_{os.urandom(24).hex()}", speech="real")
        try:
            start(platform, lambda text: print(f"  {text}", flush=True))
            yield platform
        finally:
            platform.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make call", description=__doc__)
    parser.add_argument(
        "words", nargs="*", help='what the caller says, in order; one that begins with "Sorry" barges in'
    )
    parser.add_argument("--live", choices=LIVE, default="fine", help="what happens to Live's stand-in (default: fine)")
    parser.add_argument("--wav", type=Path, default=Path("call.wav"), help="where the call is kept (default: call.wav)")
    parser.add_argument("--port-base", type=int, default=int(os.environ.get("PORT_BASE") or DEFAULT_BASE))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

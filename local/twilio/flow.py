"""Runs TwiML for one call: fetches documents, performs their verbs one by one, obeys hang-ups and updates."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from local.twilio.leg import Leg
from local.twilio.media import MediaStream
from local.twilio.mulaw import RATE, to_telephone
from local.twilio.tape import Tape
from local.twilio.twiml import TwimlError, Verb, parse
from local.twilio.web import Answer, FetchError

CANNED = "We are sorry, an application error has occurred. Goodbye."
_DOCUMENTS = frozenset({"text/xml", "application/xml", "text/html", "application/xhtml+xml"})
# A document that only redirects to itself would go on for ever.
_MOST_DOCUMENTS = 500


@dataclass(frozen=True)
class Goto:
    """Fetch a document and go on there."""

    url: str
    method: str = "POST"
    params: Mapping[str, str] = field(default_factory=dict)
    is_fallback: bool = False


@dataclass(frozen=True)
class Document:
    """TwiML at hand. Without an address (it came by REST) nothing in it may be relative."""

    body: bytes
    url: str = ""


@dataclass(frozen=True)
class End:
    """Hang up: the document was done, or who or what wanted it (hangup, reject, caller, rest, error)."""

    by: str = "done"


Step = Goto | Document | End
Performer = Callable[["Flow", Verb], Awaitable[Step | None]]


class FlowError(Exception):
    """Something Twilio ends a call for: "an application error has occurred"."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Flow:
    """One call's program. `verbs` is what each verb does; after `run` its streams and recordings are ended."""

    def __init__(self, leg: Leg, verbs: Mapping[str, Performer]) -> None:
        self.leg = leg
        self.line = leg.line
        self.here = Goto("")
        self.streams: dict[str, tuple[MediaStream, asyncio.Task[None]]] = {}
        self.tapes: dict[str, Tape] = {}
        self.farewells: list[Callable[[], Awaitable[None]]] = []
        self.verbs = verbs

    async def run(self, step: Step) -> str:
        """Go on from there until the call ends; return what ended it (see End)."""
        try:
            for _ in range(_MOST_DOCUMENTS):
                if isinstance(step, End):
                    return step.by
                step = await self._until_news(self._safe(step))
            return "error"
        finally:
            for _, job in self.streams.values():
                job.cancel()
            await asyncio.gather(*(job for _, job in self.streams.values()), return_exceptions=True)
            if self.farewells:
                self.leg.status = "completed"
            for farewell in self.farewells:
                await farewell()
            for tape in self.tapes.values():
                await tape.stop()

    async def perform(self, verbs: tuple[Verb, ...]) -> Step | None:
        """Do these one after the other, as far as one leads elsewhere."""
        for verb in verbs:
            step = await self.verbs[verb.name](self, verb)
            if step is not None:
                return step
        return None

    def resolve(self, url: str) -> str:
        """Return an address in the current document as an absolute one."""
        if not self.here.url and not urlsplit(url).scheme:
            raise FlowError(11100, f"{url!r} is relative, in TwiML without an address")
        return urljoin(self.here.url, url)

    async def play(self, data: bytes, source: str) -> None:
        """Let the line hear something; returns when it was heard. Cut off when cancelled."""
        until = self.line.hear(data, source)
        try:
            await self.line.clock.sleep(until - self.line.now())
        except asyncio.CancelledError:
            self.line.hush()
            raise

    async def say(self, text: str) -> None:
        """Speak as Twilio does."""
        self.leg.report.said.append(text)
        sound = await asyncio.to_thread(self.leg.options.twilio_voice.say, text, RATE)
        await self.play(to_telephone(sound, RATE), f"say:{text}")

    async def _safe(self, step: Goto | Document) -> Step:
        try:
            return await self._enter(step)
        except FetchError as error:
            return await self._broken(error.code, str(error))
        except TwimlError as error:
            return await self._broken(12100, str(error))
        except FlowError as error:
            return await self._broken(error.code, str(error))

    async def _enter(self, step: Goto | Document) -> Step:
        if isinstance(step, Document):
            self.here, body = Goto(step.url), step.body
        else:
            self.here = step
            answer = await self.leg.ask(step.method, step.url, step.params)
            self.here = Goto(answer.url, step.method, step.params, step.is_fallback)
            if answer.content_type.startswith("audio/"):
                answer = Answer(answer.url, "text/xml", b"<Response><Play>" + step.url.encode() + b"</Play></Response>")
            if answer.content_type not in _DOCUMENTS:
                raise FlowError(12300, f"{step.url} answered {answer.content_type!r}")
            body = answer.body
        twiml = parse(body)
        for code, text in twiml.warnings:
            self.leg.warn(code, text)
        return await self.perform(twiml.verbs) or End()

    async def _broken(self, code: int, text: str) -> Step:
        """Go to the number's fallback, or say sorry."""
        self.leg.warn(code, text)
        numbered = self.leg.numbered
        if numbered.fallback_url and not self.here.is_fallback:
            params = {"ErrorCode": str(code), "ErrorUrl": self.here.url}
            return Goto(numbered.fallback_url, numbered.fallback_method, params, is_fallback=True)
        self.leg.answer()
        await self.say(CANNED)
        return End("error")

    async def _until_news(self, work: Coroutine[Any, Any, Step]) -> Step:
        """Do the work unless the caller hangs up or REST wants something else."""
        job = asyncio.create_task(work)
        gone = asyncio.create_task(self.line.hung_up.wait())
        update = asyncio.create_task(self.leg.updates.get())
        try:
            done, _ = await asyncio.wait({job, gone, update}, return_when=asyncio.FIRST_COMPLETED)
            if gone in done:
                return End("caller")
            if update in done:
                self.farewells.clear()
                return _wanted(update.result())
            return job.result()
        finally:
            for task in (job, gone, update):
                task.cancel()
            await asyncio.gather(job, gone, update, return_exceptions=True)


def _wanted(fields: Mapping[str, str]) -> Step:
    if fields.get("status") in ("completed", "canceled"):
        return End("rest")
    if fields.get("twiml"):
        return Document(fields["twiml"].encode())
    return Goto(fields["url"], fields.get("method") or "POST")

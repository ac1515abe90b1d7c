"""Makes calls go wrong on request: before they are applied, or after, which is worse."""

import asyncio
import random
import re
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.crm.vendor import Vendor

ANSWERS = ("error", "unavailable", "limited", "expired", "forbidden", "refused")
# `lost` is the nasty one: the call is applied, and the answer never comes.
KINDS = (*ANSWERS, "malformed", "slow", "drop", "lost", "hang")


class FaultError(ValueError):
    """A fault that cannot be asked for; the text says why."""


@dataclass(frozen=True)
class Fault:
    """`times` calls (None: all) whose method and path match go wrong, each with a probability.

    `seconds` is how long slow, hang and lost last before the answer, or the end of the connection.
    """

    kind: str
    method: str = "*"
    path: str = ""
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 0.0

    @classmethod
    def parse(cls, body: Any) -> "Fault":  # noqa: ANN401 - JSON
        """Read one from JSON; FaultError when it is none."""
        try:
            fault = cls(**body)
            re.compile(fault.path)
        except (TypeError, re.error) as error:
            raise FaultError(str(error)) from None
        if fault.kind not in KINDS:
            raise FaultError(f"kind: {fault.kind!r} is not one of {', '.join(KINDS)}")
        return fault

    def hits(self, scope: Scope, dice: random.Random) -> bool:
        """Whether this call goes wrong."""
        if self.method not in ("*", scope["method"]) or not re.search(self.path, _path(scope)):
            return False
        return self.probability >= 1 or dice.random() < self.probability


class Faulty:
    """An ASGI app around a stand-in's; keeps a journal of the calls."""

    def __init__(self, app: ASGIApp, vendor: Vendor) -> None:
        self._app = app
        self._vendor = vendor
        self._dice = random.Random(7)  # noqa: S311 - the same faults in every run
        self.faults: tuple[Fault, ...] = ()
        self.calls: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or fail as asked."""
        if scope["type"] != "http" or "/_" in _path(scope)[:2]:
            await self._app(scope, receive, send)
            return
        entry = {"method": scope["method"], "path": _path(scope), "status": 0, "fault": ""}
        self.calls.append(entry)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        fault = self._take(scope)
        entry["fault"] = fault.kind if fault else ""
        await self._answer(fault, scope, receive, noting)

    def _take(self, scope: Scope) -> Fault | None:
        fault = next((item for item in self.faults if item.hits(scope, self._dice)), None)
        if fault and fault.times is not None:
            rest = (replace(item, times=(item.times or 1) - 1) if item is fault else item for item in self.faults)
            self.faults = tuple(item for item in rest if item.times != 0)
        return fault

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind in ANSWERS:
            await Request(scope, receive).body()
            await self._vendor.failed(fault.kind)(scope, receive, send)
        elif fault.kind == "malformed":
            await Request(scope, receive).body()
            await Response(b"<html>oops", 200, media_type="text/html")(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == "lost":
            await self._app(scope, receive, _nowhere)
            await asyncio.sleep(fault.seconds)
            _cut(scope)
        else:  # drop, hang: not applied
            await asyncio.sleep(fault.seconds if fault.kind == "hang" else 0)
            _cut(scope)


async def _nowhere(_: Message) -> None:
    return


def _path(scope: Scope) -> str:
    """The path without where the stand-in is mounted."""
    path: str = scope["path"]
    return path[len(scope.get("root_path", "")) :]


def _cut(scope: Scope) -> None:
    """End the connection in the middle of the answer."""
    transport = (scope.get("extensions") or {}).get("connection")
    if transport is not None:
        transport.abort()


def control_answer(error: Exception) -> JSONResponse:
    """Return what a wrong control call is told."""
    return JSONResponse({"error": str(error)}, 400)

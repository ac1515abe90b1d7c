"""All stand-ins in one server: each below its name, with a control plane beside it.

/{vendor}/...              the CRM's own paths
/{vendor}/_records         GET what is in it
/{vendor}/_contacts        POST a contact that was there before
/{vendor}/_faults          PUT a list of faults (faults.py), DELETE none
/{vendor}/_settings        PUT {"search_lag_s": 2, "extra": {...}}
/{vendor}/_calls           GET, DELETE the journal
/{vendor}/_expire          POST: every token given so far is invalid
/{vendor}/_reset           POST
"""

import importlib
import json
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from local.crm.faults import Fault, FaultError, Faulty, control_answer
from local.crm.vendor import Settings, Vendor

VENDORS = ("hubspot", "salesforce", "pipedrive", "zoho", "shop")


def load(name: str) -> Vendor:
    """Return a new stand-in: the class `StandIn` of the package `local.crm.<name>`."""
    vendor: Vendor = importlib.import_module(f"local.crm.{name}").StandIn()
    return vendor


class StandIns(Starlette):
    """Lets a fault reach the connection itself, so that it can be cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "http":
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            scope["extensions"] = {**(scope.get("extensions") or {}), "connection": transport}
        await super().__call__(scope, receive, send)


def create_app(names: Sequence[str] = VENDORS, *, at_root: bool = False, speech: str = "tones") -> StandIns:
    """Return the server. With `at_root` the one stand-in named is at the root, as clients of the real one expect it.

    Beside the CRMs are Twilio's REST API (/twilio) and Edge's speech endpoint (/tts, which speaks as `speech` says).
    """
    routes: list[BaseRoute] = [Route("/health", _health)]
    for name in names:
        vendor = load(name)
        app = Starlette(routes=vendor.routes())
        faulty = Faulty(app, vendor)
        app.router.routes[:0] = _control(vendor, faulty)
        routes.append(Mount("/" if at_root else f"/{name}", app=faulty))
    return StandIns(routes=routes if at_root else [*routes, *_beside(speech)])


def _beside(speech: str) -> list[BaseRoute]:
    from local.tts.app import create_app as speaking
    from local.tts.voice import voice_of
    from local.twilio.app import create_app as phoning

    return [Mount("/twilio", app=phoning()), Mount("/tts", app=speaking(voice_of(speech)))]


def _control(vendor: Vendor, faulty: Faulty) -> list[BaseRoute]:
    async def records(_: Request) -> Response:
        return JSONResponse(vendor.records())

    async def contacts(request: Request) -> Response:
        return JSONResponse({"id": vendor.put_contact(await request.json())}, 201)

    async def faults(request: Request) -> Response:
        try:
            wanted = [] if request.method == "DELETE" else json.loads(await request.body())
            faulty.faults = tuple(Fault.parse(body) for body in wanted)
        except (FaultError, ValueError) as error:
            return control_answer(error)
        return JSONResponse({"faults": len(faulty.faults)})

    async def settings(request: Request) -> Response:
        vendor.settings = Settings(**await request.json())
        return JSONResponse(vars(vendor.settings))

    async def calls(request: Request) -> Response:
        if request.method == "DELETE":
            faulty.calls.clear()
        return JSONResponse({"calls": faulty.calls})

    async def expire(_: Request) -> Response:
        vendor.expire_tokens()
        return JSONResponse({})

    async def reset(_: Request) -> Response:
        vendor.reset()
        faulty.faults = ()
        faulty.calls.clear()
        return JSONResponse({})

    return [
        Route("/_records", records),
        Route("/_contacts", contacts, methods=["POST"]),
        Route("/_faults", faults, methods=["PUT", "DELETE"]),
        Route("/_settings", settings, methods=["PUT"]),
        Route("/_calls", calls, methods=["GET", "DELETE"]),
        Route("/_expire", expire, methods=["POST"]),
        Route("/_reset", reset, methods=["POST"]),
    ]


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok")

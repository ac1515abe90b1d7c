"""The REST API with a control plane beside it, and the door for phone networks.

/2010-04-01/...    Twilio's own paths (api.py, calls.py)
/_messages         GET the text messages sent, DELETE them
/_calls            GET the calls
/_numbers          POST {"phone_number", "voice_url", ..., "account_sid"}: a number without asking the REST API
/_accounts         POST {"name"}: a subaccount; answers its sid and token
/_undeliverable    PUT [numbers] at which text messages do not arrive
/_faults           PUT a list of faults (local/crm/faults.py), DELETE none
/_journal          GET, DELETE the requests seen
/_reset            POST
/_phone            a websocket: a phone network (link.py); it PUTs sound to /_recordings/{sid}
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.crm.faults import Fault, FaultError, Faulty, control_answer
from local.crm.vendor import Vendor
from local.twilio import resources
from local.twilio.accounts import MAIN
from local.twilio.api import Api
from local.twilio.errors import Failures
from local.twilio.switchboard import Switchboard

Json = dict[str, Any]


def create_app(board: Switchboard | None = None) -> ASGIApp:
    """Return the server, at its own root; it may be mounted."""
    board = board or Switchboard()
    api = Api(board)
    app = Starlette(routes=api.routes())
    faulty = Faulty(app, cast("Vendor", Failures()))
    app.router.routes[:0] = _control(board, api, faulty)
    return faulty


def served(app: ASGIApp) -> list[BaseRoute]:
    """Return the routes of a server that has nothing else."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    return [Route("/health", health), Mount("/", app=app)]


def _control(board: Switchboard, api: Api, faulty: Faulty) -> list[BaseRoute]:
    async def messages(request: Request) -> Response:
        if request.method == "DELETE":
            board.messages.clear()
        return JSONResponse({"messages": [api.shown_message(item) for item in board.messages.values()]})

    async def calls(_: Request) -> Response:
        return JSONResponse({"calls": [resources.call(item) for item in board.calls.values()]})

    async def numbers(request: Request) -> Response:
        fields = await request.json()
        account = board.accounts[fields.pop("account_sid", MAIN.sid)]
        return JSONResponse(resources.number(board.add_number(account, fields.pop("phone_number"), fields)), 201)

    async def accounts(request: Request) -> Response:
        made = board.add_account((await request.json()).get("name", "SubAccount"))
        return JSONResponse({"sid": made.sid, "token": made.token}, 201)

    async def undeliverable(request: Request) -> Response:
        board.undeliverable = set(await request.json())
        return JSONResponse({})

    async def sound(request: Request) -> Response:
        board.sounds[request.path_params["sid"]] = await request.body()
        return JSONResponse({})

    async def reset(_: Request) -> Response:
        board.reset()
        faulty.faults = ()
        faulty.calls.clear()
        return JSONResponse({})

    return [
        Route("/_messages", messages, methods=["GET", "DELETE"]),
        Route("/_calls", calls),
        Route("/_numbers", numbers, methods=["POST"]),
        Route("/_accounts", accounts, methods=["POST"]),
        Route("/_undeliverable", undeliverable, methods=["PUT"]),
        Route("/_recordings/{sid}", sound, methods=["PUT"]),
        Route("/_reset", reset, methods=["POST"]),
        *_faults(faulty),
        WebSocketRoute("/_phone", _phone(board)),
    ]


def _faults(faulty: Faulty) -> list[BaseRoute]:
    async def faults(request: Request) -> Response:
        try:
            wanted = [] if request.method == "DELETE" else json.loads(await request.body())
            faulty.faults = tuple(Fault.parse(body) for body in wanted)
        except (FaultError, ValueError) as error:
            return control_answer(error)
        return JSONResponse({"faults": len(faulty.faults)})

    async def journal(request: Request) -> Response:
        if request.method == "DELETE":
            faulty.calls.clear()
        return JSONResponse({"calls": faulty.calls})

    return [
        Route("/_faults", faults, methods=["PUT", "DELETE"]),
        Route("/_journal", journal, methods=["GET", "DELETE"]),
    ]


def _phone(board: Switchboard) -> Any:  # noqa: ANN401 - starlette's endpoint
    async def phone(socket: WebSocket) -> None:
        await socket.accept()
        out: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        board.phones.append(out.put_nowait)
        tell = board.phones[-1]
        writer = asyncio.create_task(_write(socket, out))
        try:
            while True:
                answer = board.received(json.loads(await socket.receive_text()), tell)
                if answer is not None:
                    tell(answer)
        except WebSocketDisconnect:
            pass
        finally:
            writer.cancel()
            board.gone(tell)

    return phone


async def _write(socket: WebSocket, out: asyncio.Queue[Mapping[str, Any]]) -> None:
    while True:
        await socket.send_text(json.dumps(await out.get()))

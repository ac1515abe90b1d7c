"""How the REST API reads a request: who asks, for which account, what the form says, and which page of a list."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.twilio.accounts import Account
from local.twilio.errors import AUTHENTICATE, ApiError
from local.twilio.switchboard import Switchboard

Json = dict[str, Any]
Form = dict[str, str]
_PAGE, _LARGEST_PAGE = 50, 1000


class Asked:
    """One authorised request. `account` is the one in the path, `form` what was posted."""

    def __init__(self, request: Request, account: Account, pairs: Sequence[tuple[str, str]]) -> None:
        self.account = account
        self.form: Form = dict(pairs)
        self.pairs = pairs
        self.query: Form = dict(request.query_params)
        path = request.url.path
        self.path = path[path.index("/2010-04-01") :]  # without where the server is mounted
        self.sids: Form = dict(request.path_params)

    def page(self, key: str, items: Sequence[Json]) -> Response:
        """Return the page of a list that is asked for, newest first."""
        size = min(int(self.query.get("PageSize", _PAGE)), _LARGEST_PAGE)
        number = int(self.query.get("Page", 0))
        newest = list(reversed(items))
        shown = newest[number * size : (number + 1) * size]

        def uri(page: int) -> str:
            return f"{self.path}?{urlencode({**self.query, 'PageSize': size, 'Page': page})}"

        more = (number + 1) * size < len(newest)
        return JSONResponse(
            {
                key: shown,
                "page": number,
                "page_size": size,
                "start": number * size,
                "end": number * size + max(0, len(shown) - 1),
                "uri": uri(number),
                "first_page_uri": uri(0),
                "next_page_uri": uri(number + 1) if more else None,
                "previous_page_uri": uri(number - 1) if number else None,
            }
        )


Handler = Callable[[Asked], Response]


def route(board: Switchboard, path: str, method: str, handler: Handler) -> Route:
    """Return a route whose handler sees authorised requests only; an ApiError becomes its answer."""

    async def guarded(request: Request) -> Response:
        try:
            account = _account(board, request)
            body = parse_qsl((await request.body()).decode(), keep_blank_values=True)
            return handler(Asked(request, account, body))
        except ApiError as error:
            return error.response()

    run: Callable[[Request], Awaitable[Response]] = guarded
    return Route(path, run, methods=[method], name=f"{method} {path}")


def _account(board: Switchboard, request: Request) -> Account:
    """Return the account in the path: that of the credentials, or one of its subaccounts."""
    owner = _credentials(board, request.headers.get("authorization", ""))
    account = board.accounts.get(request.path_params.get("account", owner.sid))
    if account is None or owner.sid not in (account.sid, account.parent):
        raise AUTHENTICATE
    return account


def _credentials(board: Switchboard, header: str) -> Account:
    kind, _, secret = header.partition(" ")
    try:
        sid, _, token = base64.b64decode(secret, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise AUTHENTICATE from None
    account = board.accounts.get(sid)
    if kind.lower() != "basic" or account is None or account.token != token or sid in board.suspended:
        raise AUTHENTICATE
    return account

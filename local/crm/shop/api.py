"""The shop's paths. Each checks who calls, then the body, then answers; nothing waits in between."""

import json
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.crm.shop import data
from local.crm.shop.auth import Doorman, unauthorised
from local.crm.shop.data import Json, Property
from local.crm.shop.openapi import describe
from local.crm.vendor import Settings

_Handler = Callable[[Request], Awaitable[Response]]
_Maker = Callable[[Request, Json], Response]


class StandIn:
    """The shop as a stand-in."""

    name = "shop"

    def __init__(self) -> None:
        self.settings = Settings()
        self._store = data.Store()
        self._doorman = Doorman()

    def routes(self) -> list[BaseRoute]:
        """The API's paths."""
        route = self._route
        return [
            Route("/openapi.json", self._openapi),
            Route("/token", self._doorman.token, methods=["POST"]),
            route("/ping", "GET", self._ping),
            route("/customers", "GET", self._find),
            route("/customers", "POST", self._making(self._make_customer)),
            route("/customers/{id}", "GET", self._read),
            route("/customers/{id}", "PATCH", self._change),
            route("/customers/{id}/notes", "GET", self._list_notes),
            route("/customers/{id}/notes", "POST", self._making(self._make_note)),
            route("/orders", "GET", self._list_orders),
            route("/orders", "POST", self._making(self._make_order)),
            route("/orders/{id}", "PATCH", self._change_order),
            route("/pets", "GET", self._list_pets),
            route("/pets", "POST", self._making(self._make_pet)),
        ]

    def reset(self) -> None:
        """Forget every record, token and setting."""
        self.settings = Settings()
        self._store = data.Store()
        self._doorman.forget()

    def put_contact(self, body: Json) -> str:
        """Add a customer of long ago; properties stand beside the others, or in `properties` or `values`."""
        rest = {key: value for key, value in body.items() if key not in ("name", "properties", "values")}
        *first, last = str(body.get("name") or "").split() or [""]
        names = {"first_name": " ".join(first) or last, "last_name": last if first else ""}
        values = {**names, **rest, **body.get("properties", {}), **body.get("values", {})}
        known = {key: value for key, value in values.items() if value not in (None, "")}
        return self._store.add_customer(known, long_ago=True).id

    def records(self) -> Json:
        """Everything, in the form of all stand-ins."""
        apart = ("email", "phone", "first_name", "last_name")
        linked = ("customer_id", "title")
        return {
            "contacts": [
                {
                    "id": item.id,
                    "email": item.values.get("email", ""),
                    "phone": item.values.get("phone", ""),
                    "name": " ".join(filter(None, (item.values.get("first_name"), item.values.get("last_name")))),
                    "values": _without(item.values, apart),
                }
                for item in self._store.customers.values()
            ],
            "deals": [
                {"id": key, "title": item["title"], "contacts": [item["customer_id"]], "values": _without(item, linked)}
                for key, item in self._store.orders.items()
            ],
            "notes": [
                {"id": key, "text": item["text"], "contacts": [item["customer_id"]], "deals": _ids(item, "order_id")}
                for key, item in self._store.notes.items()
            ],
            "objects": [
                {"id": key, "object": "pets", "contacts": _ids(item, "customer_id"), "values": _without(item, linked)}
                for key, item in self._store.pets.items()
            ],
        }

    def expire_tokens(self) -> None:
        """Make every token given so far invalid; keys and passwords stay."""
        self._doorman.forget()

    def failed(self, kind: str) -> Response:
        """The shop's form of an error."""
        forbidden = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="customers orders"'}
        answers: dict[str, Callable[[], Response]] = {
            "error": lambda: JSONResponse({"message": "Something broke"}, 500),
            "unavailable": lambda: JSONResponse({"message": "Back soon"}, 503),
            "limited": lambda: JSONResponse({"message": "Too many calls"}, 429, {"Retry-After": "1"}),
            "expired": unauthorised,
            "forbidden": lambda: JSONResponse({"message": "You may not do this"}, 403, forbidden),
            "refused": lambda: _refused({"budget": ["must be a number"]}),
        }
        return answers[kind]()

    def _route(self, path: str, method: str, handler: _Handler) -> Route:
        async def checked(request: Request) -> Response:
            return await self._doorman.refusal(request) or await handler(request)

        # A name of its own: routes of one path with different methods are different endpoints.
        return Route(path, checked, methods=[method], name=f"{method} {path}")

    def _making(self, make: _Maker) -> _Handler:
        """Make a record once for a key, however often it is asked for."""

        async def handler(request: Request) -> Response:
            body = await _body(request)
            key = request.headers.get("idempotency-key", "") if self.settings.extra.get("keys", True) else ""
            seen = self._store.answered.get((request.url.path, key)) if key else None
            if seen:
                return JSONResponse(seen[1], seen[0])
            if body is None:
                return JSONResponse({"message": "Not a JSON object"}, 400)
            answer = make(request, body)
            if key and answer.status_code < 300:  # noqa: PLR2004 - HTTP's success class
                self._store.answered[(request.url.path, key)] = (answer.status_code, json.loads(bytes(answer.body)))
            return answer

        return handler

    def _customer(self) -> dict[str, Property]:
        further = self.settings.extra.get("properties", {})
        return {**data.CUSTOMER, **{name: Property(kind) for name, kind in further.items()}}

    async def _openapi(self, request: Request) -> Response:
        mounted = request.scope.get("root_path", "").rstrip("/")
        base = f"{request.url.scheme}://{request.url.netloc}{mounted}"
        return JSONResponse(describe(base, mounted, self._customer()))

    async def _ping(self, _: Request) -> Response:
        return JSONResponse({"shop": "open"})

    async def _find(self, request: Request) -> Response:
        wanted = dict(request.query_params)
        unknown = {name: ["is not a filter"] for name in wanted if name not in ("email", "phone")}
        if unknown:
            return _refused(unknown)
        # Only a search goes through the index that lags; the plain listing is of now.
        found = self._store.search(wanted, self.settings.search_lag_s if wanted else 0)
        return JSONResponse({"customers": found[:-51:-1], "total": len(found)})

    async def _read(self, request: Request) -> Response:
        found = self._store.customers.get(request.path_params["id"])
        return JSONResponse({"customer": found.shown()}) if found else _unknown()

    def _make_customer(self, _: Request, body: Json) -> Response:
        errors = data.wrong(body, self._customer(), whole=True)
        if not errors and not (body.get("email") or body.get("phone")):
            errors = {"email": ["an e-mail address or a phone number is required"]}
        if errors:
            return _refused(errors)
        there = None if self.settings.extra.get("duplicates") else self._store.with_email(body.get("email"))
        if there:
            return self._there(there.id)
        return JSONResponse({"customer": self._store.add_customer(body).shown()}, 201)

    async def _change(self, request: Request) -> Response:
        found, body = self._store.customers.get(request.path_params["id"]), await _body(request)
        if found is None:
            return _unknown()
        if body is None:
            return JSONResponse({"message": "Not a JSON object"}, 400)
        errors = data.wrong(body, self._customer(), whole=False)
        if errors:
            return _refused(errors)
        other = self._store.with_email(body.get("email"))
        if other and other is not found:
            return self._there(other.id)
        found.write(body, time.monotonic())
        return JSONResponse({"customer": found.shown()})

    def _make_order(self, _: Request, body: Json) -> Response:
        errors = data.wrong(body, data.ORDER, whole=True) or self._dangling(body, "customer_id")
        if errors:
            return _refused(errors)
        reference = body.get("reference")
        there = [key for key, item in self._store.orders.items() if reference and item.get("reference") == reference]
        if there:
            return self._there(there[0])
        made = self._store.new_id("O")
        self._store.orders[made] = body
        return JSONResponse({"order": {"id": made, **body}}, 201)

    async def _change_order(self, request: Request) -> Response:
        key, body = request.path_params["id"], await _body(request)
        if key not in self._store.orders:
            return _unknown()
        errors = data.wrong(body or {}, data.ORDER, whole=False) or self._dangling(body or {}, "customer_id")
        if errors or body is None:
            return _refused(errors)
        self._store.orders[key] |= body
        return JSONResponse({"order": {"id": key, **self._store.orders[key]}})

    async def _list_orders(self, request: Request) -> Response:
        return _listed("orders", self._store.orders, request.query_params.get("customer_id"))

    def _make_note(self, request: Request, body: Json) -> Response:
        customer = request.path_params["id"]
        if customer not in self._store.customers:
            return _unknown()
        errors = data.wrong(body, data.NOTE, whole=True)
        if not errors and body.get("order_id") and body["order_id"] not in self._store.orders:
            errors = {"order_id": ["is not an order"]}
        if errors:
            return _refused(errors)
        made = self._store.new_id("N")
        self._store.notes[made] = {**body, "customer_id": customer}
        return JSONResponse({"note": {"id": made, **self._store.notes[made]}}, 201)

    async def _list_notes(self, request: Request) -> Response:
        customer = request.path_params["id"]
        return _listed("notes", self._store.notes, customer) if customer in self._store.customers else _unknown()

    def _make_pet(self, _: Request, body: Json) -> Response:
        errors = data.wrong(body, data.PET, whole=True) or self._dangling(body, "customer_id")
        if errors:
            return _refused(errors)
        made = self._store.new_id("P")
        self._store.pets[made] = body
        return JSONResponse({"pet": {"id": made, **body}}, 201)

    async def _list_pets(self, request: Request) -> Response:
        return _listed("pets", self._store.pets, request.query_params.get("customer_id"))

    def _dangling(self, body: Json, name: str) -> dict[str, list[str]]:
        known = not body.get(name) or body[name] in self._store.customers
        return {} if known else {name: ["is not a customer"]}

    def _there(self, known: str) -> Response:
        silent = self.settings.extra.get("silent")
        return JSONResponse({"error": "exists", **({} if silent else {"existing": {"id": known}})}, 409)


async def _body(request: Request) -> Json | None:
    """The body where it is a JSON object and says so."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return None
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _refused(errors: dict[str, list[str]]) -> Response:
    told = "; ".join(f"{name} {problems[0]}" for name, problems in errors.items())
    return JSONResponse({"message": told, "errors": errors}, 422)


def _unknown() -> Response:
    return JSONResponse({"error": "not_found"}, 404)


def _listed(name: str, records: dict[str, Json], customer: str | None) -> Response:
    """The newest first."""
    found = [{"id": key, **item} for key, item in records.items() if customer in (None, item.get("customer_id"))]
    return JSONResponse({name: found[:-51:-1]})


def _without(item: Json, names: tuple[str, ...]) -> Json:
    return {key: value for key, value in item.items() if key not in names}


def _ids(item: Json, name: str) -> list[str]:
    return [item[name]] if item.get(name) else []

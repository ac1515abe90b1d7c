"""Drafts the settings of the `http` connector from an API's own description (OpenAPI 3.0 or 3.1). Pure.

A draft is for an owner to look through: what could not be found, or not be understood, is said in the notes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

from pydantic import ValidationError

from shared.crm.http_settings import Settings
from shared.crm.openapi_bodies import (
    CONTACT_NOUNS,
    CONTACT_ROLES,
    DEAL_NOUNS,
    DEAL_ROLES,
    NOTE_NOUNS,
    NOTE_ROLES,
    Body,
    Roles,
    contact_fields,
    fixed,
    id_path,
    list_path,
    output,
)
from shared.crm.openapi_document import Document, Endpoint, Node, expression, joined, listed, mapping, plain, words
from shared.domain.urls import check_web_url

_ANSWERS: Final = ("201", "200", "202", "2XX", "2xx", "default")
_REFUSALS: Final = ("422", "400", "4XX", "4xx", "default")
_SEARCHES: Final = ("q", "query", "search", "term", "filter", "keyword")
_VERBS: Final = frozenset(("search", "find", "lookup", "create", "add", "new", "list", "upsert", "query"))
_PINGS: Final = frozenset(("ping", "me", "whoami", "statu", "health"))
_SOMEWHERE: Final = "https://api.example.com"
_MAX_NOTES: Final = 60
_MAX_FIELDS: Final = 200
_WANTED: Final = {
    "create_contact": "makes a contact",
    "find_contact": "finds a contact by e-mail address",
    "read_contact": "reads a contact",
    "update_contact": "changes a contact",
    "save_deal": "makes a deal or an order",
    "save_note": "puts a note on a contact",
}


@dataclass(frozen=True)
class Suggestion:
    """A draft of the connector's settings as JSON, and what an owner has to see to. Without `base_url`: add it."""

    settings: dict[str, Any]
    notes: tuple[str, ...] = ()


def suggest(document: dict[str, Any]) -> Suggestion:
    """Return a draft for an API; ValueError with a plain reason when the document cannot be read.

    Whether the draft is right, only calls can show: references to other documents are not followed, alternatives are
    not tried, and names are understood as they are usually meant.
    """
    return _Draft(Document(document)).suggestion()


class _Draft:
    """What is found out about one document, step by step."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._endpoints = list(document.endpoints())
        self._notes: list[str] = []
        self._operations: dict[str, dict[str, Any]] = {}
        self._settings: dict[str, Any] = {}

    def suggestion(self) -> Suggestion:
        """Return what was found."""
        base = self._base()
        create = self._contacts()
        self._deals()
        self._others()
        self._settings["auth"] = self._auth(base, create)
        for name, said in _WANTED.items():
            if name not in self._operations:
                self._note(f"{name}: no operation was found that {said}")
        if self._document.remote:
            self._note(
                f"references to other documents are not followed: {', '.join(sorted(self._document.remote)[:5])}"
            )
        settings = {**({"base_url": base} if base else {}), **self._settings, "operations": self._operations}
        return Suggestion(self._valid(settings), tuple(dict.fromkeys(self._notes))[:_MAX_NOTES])

    def _note(self, text: str) -> None:
        self._notes.append(text[:300])

    def _base(self) -> str:
        """Return the first server's address, "" where it is not an absolute one."""
        server = mapping(next(iter(listed(self._document.raw.get("servers"))), None))
        url = server.get("url")
        url = url[:2000] if isinstance(url, str) else ""
        for name, variable in list(mapping(server.get("variables")).items())[:20]:
            url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))[:2000]
        try:
            url = check_web_url(url).rstrip("/")
            Settings.model_validate({"base_url": url, "auth": {"type": "none"}, "operations": {}})
        except ValueError:
            self._note("base_url: the document does not say where the API is; add it")
            return ""
        return url

    def _contacts(self) -> Endpoint | None:
        """Describe what is done with contacts; return the call that makes one."""
        collection = self._about(CONTACT_NOUNS, is_item=False, parameters=0)
        create = _best([found for found in collection if found.method == "POST" and not _searches(found)], self._likely)
        if create:
            body = self._with_body("create_contact", create, CONTACT_ROLES, "contact.values")
            self._settings["contact_fields"] = body.fields[:_MAX_FIELDS]
            self._settings["refuses_duplicates"] = "409" in mapping(create.body.get("responses"))
            self._settings |= self._error_message(create)
        near = create.path if create else ""
        finds = [item for item in collection if item.method == "GET" and self._search_query(item)]
        self._find(_best(finds, lambda item: (item.path.startswith(near), "email" in str(self._search_query(item)))))
        items = self._about(CONTACT_NOUNS, is_item=True, parameters=1)
        self._read(_best([item for item in items if item.method == "GET"], lambda item: item.path.startswith(near)))
        self._update("update_contact", items, near, CONTACT_ROLES)
        return create

    def _deals(self) -> None:
        create = self._linked("save_deal", DEAL_NOUNS, DEAL_ROLES, "deal.values")
        if create:
            self._update("update_deal", self._about(DEAL_NOUNS, is_item=True, parameters=1), create.path, DEAL_ROLES)
            self._list("list_deals", DEAL_NOUNS)

    def _others(self) -> None:
        if self._linked("save_note", NOTE_NOUNS, NOTE_ROLES, ""):
            self._list("list_notes", NOTE_NOUNS)
        pings = [item for item in self._endpoints if item.method == "GET" and not item.path_parameters]
        ping = _best([item for item in pings if _PINGS & {*item.words}], lambda item: "ping" in item.words)
        if ping and not any(parameter.get("required") is True for parameter in ping.parameters):
            self._operations["ping"] = {"method": "GET", "path": ping.path}

    def _about(self, nouns: tuple[str, ...], *, is_item: bool, parameters: int) -> list[Endpoint]:
        """Return the calls about one kind of record, by their path or, where that says nothing, by their name."""
        found = [item for item in self._endpoints if (item.is_item, item.path_parameters) == (is_item, parameters)]
        return [item for item in found if _names(item, nouns)]

    def _likely(self, endpoint: Endpoint) -> tuple[bool, int]:
        _, schema = self._document.content(endpoint.body.get("requestBody"))
        body = Body(self._document, CONTACT_ROLES, "contact.values")
        body.template(schema)
        rank = next((at for at, noun in enumerate(CONTACT_NOUNS) if noun in (*endpoint.words, *endpoint.parent)), 99)
        return bool({"contact.email", "contact.phone"} & body.roles_met), -rank

    def _with_body(self, name: str, endpoint: Endpoint, roles: Roles, values: str) -> Body:
        """Describe a call that makes something."""
        kind, schema = self._document.content(endpoint.body.get("requestBody"))
        body = Body(self._document, roles, values)
        operation = {**self._outline(name, endpoint), "body": body.template(schema)}
        if kind == "form":
            operation["encoding"] = "form"
        path = id_path(self._document, self._document.response(endpoint, *_ANSWERS), _nouns(endpoint))
        if path:
            operation["id"] = expression(*path)
        elif name in ("create_contact", "save_deal"):
            operation["id"] = "id"
            self._note(f"{name}: the document does not say where the new record's id is in the answer; 'id' is a guess")
        conflict = mapping(endpoint.body.get("responses")).get("409")
        if conflict is not None:
            known = id_path(self._document, self._document.response(endpoint, "409"), _nouns(endpoint))
            operation["conflict"] = {"status": [409], **({"id": expression(*known)} if known else {})}
        self._operations[name] = {**operation, **self._key(endpoint)}
        for missing in body.unknown:
            self._note(f"{name}: '{missing}' is required, and nothing is known that goes there")
        if kind != "form" and not body.roles_met:
            self._note(f"{name}: the body of {endpoint.name} could not be understood; write it yourself")
        return body

    def _outline(self, name: str, endpoint: Endpoint) -> dict[str, Any]:
        own = "id" if name in ("read_contact", "update_contact", "update_deal") else "contact_id"
        parts = [output(own) if part.startswith("{") else part for part in endpoint.path.split("/")]
        found: dict[str, Any] = {"method": endpoint.method, "path": "/".join(parts)}
        for place, key in (("query", "query"), ("header", "headers")):
            needed = [item for item in endpoint.parameters if item.get("in") == place and item.get("required") is True]
            known = {str(item.get("name")): fixed(self._document.schema(item.get("schema"))) for item in needed}
            if known:
                found[key] = {item: str(value) for item, value in known.items() if value is not None}
            for item in [item for item, value in known.items() if value is None and not _is_key(item)]:
                self._note(f"{name}: the {place} parameter '{plain(item)}' is required; give it a value")
        return found

    def _key(self, endpoint: Endpoint) -> dict[str, bool]:
        """Say that a call may be repeated where it takes a key for that."""
        names = [item.get("name") for item in endpoint.parameters if item.get("in") == "header"]
        key = next((name for name in names if isinstance(name, str) and _is_key(name)), None)
        if key:
            self._settings["idempotency_header"] = key
        return {"idempotent": True} if key else {}

    def _search_query(self, endpoint: Endpoint) -> dict[str, str]:
        """Return the query that looks for a person."""
        found = {}
        for item in endpoint.parameters:
            name = item.get("name")
            if item.get("in") != "query" or not isinstance(name, str):
                continue
            role = next((role for role, names in CONTACT_ROLES.items() if joined(name) in names), "")
            if role in ("contact.email", "contact.phone"):
                found[name] = output(role)
            elif joined(name) in _SEARCHES:
                found[name] = "{{ contact.email }}{{ contact.phone }}"
        exact = {name: text for name, text in found.items() if joined(name) not in _SEARCHES}
        return exact or dict(list(found.items())[:1])

    def _find(self, endpoint: Endpoint | None) -> None:
        listing = list_path(self._document, self._document.response(endpoint, *_ANSWERS)) if endpoint else None
        if endpoint is None or listing is None:
            return
        keys, schema = listing
        own = id_path(self._document, schema, _nouns(endpoint)) or ("id",)
        outline = self._outline("find_contact", endpoint)
        self._operations["find_contact"] = {
            **outline,
            "query": {**outline.get("query", {}), **self._search_query(endpoint)},
            "list": expression(*keys),
            "id": expression(*own),
            "fields": contact_fields(self._document, schema),
        }

    def _read(self, endpoint: Endpoint | None) -> None:
        if endpoint is None:
            return
        schema = self._document.response(endpoint, *_ANSWERS)
        keys = id_path(self._document, schema, _nouns(endpoint))[:-1]
        for key in keys:
            schema = dict(self._document.properties(schema)).get(key, {})
        self._operations["read_contact"] = {
            **self._outline("read_contact", endpoint),
            "record": expression(*keys),
            "fields": contact_fields(self._document, schema),
        }

    def _update(self, name: str, items: list[Endpoint], near: str, roles: Roles) -> None:
        changing = [item for item in items if item.method in ("PATCH", "PUT")]
        found = _best(changing, lambda item: (item.path.startswith(near), item.method == "PATCH"))
        if found is None:
            return
        kind, schema = self._document.content(found.body.get("requestBody"))
        body = Body(self._document, roles, "contact.values" if name == "update_contact" else "deal.values")
        template = body.template(schema)
        encoding = {"encoding": "form"} if kind == "form" else {}
        self._operations[name] = {**self._outline(name, found), "body": template, **encoding}
        if found.method == "PUT":
            self._note(f"{name}: {found.name} may empty what is not sent; take it out if it does")

    def _linked(self, name: str, nouns: tuple[str, ...], roles: Roles, values: str) -> Endpoint | None:
        """Describe a call that makes a record of a contact, whose id stands in the path or in the body."""
        nested = [item for item in self._about(nouns, is_item=False, parameters=1) if _names_parent(item)]
        posts = [item for item in [*nested, *self._about(nouns, is_item=False, parameters=0)] if item.method == "POST"]
        found = _best([item for item in posts if not _searches(item)], lambda item: self._links(item, roles))
        if found is None:
            return None
        if not self._links(found, roles):
            self._note(f"{name}: {found.name} does not seem to take the contact's id")
        body = self._with_body(name, found, roles, values)
        if body.fields:
            self._settings["deal_fields"] = body.fields[:_MAX_FIELDS]
        return found

    def _links(self, endpoint: Endpoint, roles: Roles) -> bool:
        body = Body(self._document, roles)
        body.template(self._document.content(endpoint.body.get("requestBody"))[1])
        return endpoint.path_parameters == 1 or "contact_id" in body.roles_met

    def _list(self, name: str, nouns: tuple[str, ...]) -> None:
        """Describe a listing of a contact's records, where there is one."""
        nested = [item for item in self._about(nouns, is_item=False, parameters=1) if _names_parent(item)]
        for endpoint in [*nested, *self._about(nouns, is_item=False, parameters=0)]:
            names = [str(item.get("name")) for item in endpoint.parameters if item.get("in") == "query"]
            by_contact = [item for item in names if joined(item) in DEAL_ROLES["contact_id"]]
            listing = list_path(self._document, self._document.response(endpoint, *_ANSWERS))
            if endpoint.method != "GET" or listing is None or not (by_contact or endpoint.path_parameters):
                continue
            query = {"query": {by_contact[0]: "{{ contact_id }}"}} if by_contact else {}
            own = id_path(self._document, listing[1], _nouns(endpoint)) or ("id",)
            outline = {**self._outline(name, endpoint), **query}
            self._operations[name] = {**outline, "list": expression(*listing[0]), "id": expression(*own)}
            return

    def _error_message(self, endpoint: Endpoint) -> dict[str, str]:
        """Return where a refusal explains itself."""
        schema = self._document.response(endpoint, *_REFUSALS)
        known = dict(self._document.properties(schema))
        nested = dict(self._document.properties(known.get("error", {})))
        for name in ("message", "detail", "error_description", "title", "error"):
            if known.get(name, {}).get("type") == "string":
                return {"error_message": name}
            if nested.get(name, {}).get("type") == "string":
                return {"error_message": expression("error", name)}
        return {}

    def _auth(self, base: str, create: Endpoint | None) -> dict[str, Any]:
        """Return how calls are authorised: of several ways the first that can be done."""
        raw = self._document.raw
        schemes = mapping(mapping(raw.get("components")).get("securitySchemes"))
        asked = listed((create.body if create else {}).get("security", raw.get("security")))
        ways = [item for item in asked if isinstance(item, dict)] or [{name: []} for name in schemes]
        for way in ways[:20]:
            if len(way) == 1:
                ((name, scopes),) = way.items()
                found = _scheme(self._document.resolve(schemes.get(name)), listed(scopes), base)
                if found:
                    return found
        if any(ways):
            self._note("auth: none of the document's ways to authorise calls can be used as it is; choose one")
        return {"type": "none"}

    def _valid(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the draft without what the settings would not take."""
        least = {"base_url": settings.get("base_url", _SOMEWHERE), "auth": {"type": "none"}, "operations": {}}
        for key in [key for key in settings if key not in least or key == "auth"]:
            if not _is_taken({**least, key: settings[key]}):
                settings.pop(key)
                self._note(f"{key}: what was found cannot be used; write it yourself")
        for name, operation in list(self._operations.items()):
            if not _is_taken({**least, "operations": {name: operation}}):
                del self._operations[name]
                self._note(f"{name}: what was found cannot be described; write it yourself")
        return {"auth": least["auth"], **settings}


def _is_taken(settings: dict[str, Any]) -> bool:
    try:
        Settings.model_validate(settings)
    except (ValidationError, RecursionError):
        return False
    return True


def _scheme(scheme: Node, scopes: list[Any], base: str) -> dict[str, Any] | None:
    kind, way = scheme.get("type"), str(scheme.get("scheme")).lower()
    name = scheme.get("name")
    if kind == "apiKey" and scheme.get("in") == "header" and isinstance(name, str):
        return {"type": "header", "name": name}
    if kind == "http" and way in ("bearer", "basic"):
        return {"type": way}
    flow = mapping(mapping(scheme.get("flows")).get("clientCredentials"))
    url = flow.get("tokenUrl")
    if kind != "oauth2" or not isinstance(url, str):
        return None
    try:
        url = check_web_url(urljoin(f"{base}/", url) if base else url)
    except ValueError:
        return None
    wanted = " ".join(str(scope) for scope in scopes[:20])
    return {"type": "oauth_client_credentials", "token_url": url, "scope": wanted}


def _best(found: list[Endpoint], score: Callable[[Endpoint], Any]) -> Endpoint | None:
    """Return the likeliest of several calls; of equals the one with the shortest path."""
    return max(found, key=lambda item: (score(item), -len(item.path), item.path), default=None)


def _names(endpoint: Endpoint, nouns: Iterable[str]) -> bool:
    """Whether a call is about one of these: by its last segment, else the one before a verb, else by its own name."""
    told = [word for word in endpoint.words if word not in _VERBS] or list(endpoint.parent)
    if any(word in nouns for word in told[-1:]):
        return True
    known = {*CONTACT_NOUNS, *DEAL_NOUNS, *NOTE_NOUNS}
    name = endpoint.body.get("operationId")
    own = [word for word in words(name) if word in known] if isinstance(name, str) else []
    return not known & {*told} and bool(own) and own[-1] in nouns


def _names_parent(endpoint: Endpoint) -> bool:
    return any(word in CONTACT_NOUNS for word in endpoint.parent[-1:])


def _searches(endpoint: Endpoint) -> bool:
    name = endpoint.body.get("operationId")
    told = {*endpoint.words, *(words(name)[:1] if isinstance(name, str) else ())}
    return bool(told & {"search", "find", "lookup", "query", "list"})


def _nouns(endpoint: Endpoint) -> tuple[str, ...]:
    return (*endpoint.words[-1:], *endpoint.parent[-1:])


def _is_key(name: str) -> bool:
    return joined(name) in ("idempotencykey", "xidempotencykey")

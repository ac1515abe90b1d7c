"""Plays a script against a running platform, over HTTP alone, and checks what its lines expect."""

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from tests.clients import Business, Chat
from tests.conversations.script import Script, Step

_QUESTION = re.compile(r"[?？؟]")
_QUOTED = re.compile(r'^(?P<what>.*?) ?"(?P<quoted>.*)"$')


class Stage:
    """One conversation's visitors, and the last answer."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.first = business.chat.visitor()
        self.other = business.chat.visitor()
        self.speaking = self.first
        self.tokens: dict[str, str] = {}
        self.answer: dict[str, Any] = {}
        self.refused = False
        self._session: dict[str, Any] | None = None

    def play(self, script: Script) -> None:
        """Play it; AssertionError names the line that did not hold, and what was said."""
        for step in script.steps:
            self._do(step)
            for line, expectation in step.expectations:
                problem = self._check(expectation)
                said = self.answer.get("reply", {}).get("text", "")
                at = f"line {line}: {expectation}: {problem}"
                assert not problem, f"{at}\nafter {step.text!r}, the reply was: {said!r}"

    @property
    def session(self) -> dict[str, Any]:
        """The speaking visitor's session, as the admin API shows it."""
        if self._session is None:
            path = f"{self.business.path}/sessions/{self.speaking.session_id}"
            self._session = self.business.admin.call("GET", path)
        return self._session

    def history(self, token: str | None) -> list[str]:
        """What a window that holds this token shows of the conversation, oldest first; nothing where it is refused."""
        chat = self.speaking
        response = chat.http.get(
            f"{chat.url}/session",
            params={"business_id": chat.business_id, "session_id": chat.session_id},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        assert response.status_code in {200, 401}, response.text
        return [str(message["text"]) for message in response.json().get("messages", ())]

    def _do(self, step: Step) -> None:
        self._session = None
        if step.who == "A person":
            self._act(step)
        elif step.how.startswith("clicks "):
            self._click(step.how.removeprefix("clicks "))
        else:
            self._say(step)

    def _say(self, step: Step) -> None:
        if step.who in ("Another visitor", "The first visitor"):
            self.speaking = self.other if step.who == "Another visitor" else self.first
        fields: dict[str, Any] = {"message_id": f"m-{uuid.uuid4().hex[:12]}"}
        if step.how.startswith("on "):
            fields["page"] = {"url": f"https://example.com{step.how.removeprefix('on ')}", "title": ""}
        if step.how.startswith("signed in as "):
            fields |= self._identity(step.how.removeprefix("signed in as "))
        token = self.tokens.get(self.speaking.session_id)
        anonymous = step.who.startswith("Somebody") or not token
        headers = {} if anonymous else {"Authorization": f"Bearer {token}"}
        response = self.speaking.post(step.text, headers=headers, **fields)
        self.refused = response.status_code == 401
        if self.refused and step.who.startswith("Somebody"):  # a stranger may be refused, and has heard nothing then
            self.answer = {**self.answer, "session_token": None, "reply": {"html": "", "text": ""}}
            return
        assert response.status_code == 200, f"line {step.line}: {response.text}"
        self.answer = response.json()
        if not step.who.startswith("Somebody"):
            self.tokens[self.speaking.session_id] = self.answer["session_token"]

    def _identity(self, user: str) -> dict[str, str]:
        secret = self.business.admin.call("GET", f"{self.business.path}/identity")["identity_secret"]
        return {"user_id": user, "user_hash": hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()}

    def _click(self, cta_id: str) -> None:
        chat: Chat = self.speaking
        body = {"business_id": chat.business_id, "session_id": chat.session_id, "type": "cta_clicked", "cta_id": cta_id}
        response = chat.http.post(f"{chat.url}/events", json=body)
        assert response.status_code == 202, response.text

    def _act(self, step: Step) -> None:
        path, call = f"{self.business.path}/handoffs", self.business.admin.call
        calls = call("GET", path)["items"]
        handoff = next(item["id"] for item in calls if item["session_id"] == self.speaking.session_id)
        match step.act:
            case "takes over":
                call("POST", f"{path}/{handoff}/claim")
            case "leaves":
                call("POST", f"{path}/{handoff}/close")
            case _:
                call("POST", f"{path}/{handoff}/messages", {"text": step.text})

    def _check(self, expectation: str) -> str:
        """Return what is wrong, "" when the expectation holds."""
        quoted = _QUOTED.match(expectation)
        words = (quoted["what"] if quoted else expectation).split()
        for length in range(len(words), 0, -1):
            check = CHECKS.get(" ".join(words[:length]))
            if check:
                return check(self, " ".join(words[length:]).removesuffix(" as"), quoted["quoted"] if quoted else "")
        return "no such expectation"


def _text(stage: Stage) -> str:
    return str(stage.answer["reply"]["text"])


def _questions(stage: Stage) -> int:
    return len(_QUESTION.findall(_text(stage)))


def _says(stage: Stage, _: str, quoted: str) -> str:
    return "" if quoted.casefold() in _text(stage).casefold() else "it does not"


def _says_only(stage: Stage, _: str, quoted: str) -> str:
    return "" if quoted == _text(stage) else "it does not"


def _reads(stage: Stage, _: str, quoted: str) -> str:
    shown = stage.history(stage.tokens[stage.speaking.session_id])
    return "" if any(quoted in text for text in shown) else f"the window shows {shown}"


def _reads_not(stage: Stage, _: str, quoted: str) -> str:
    shown = stage.history(stage.answer.get("session_token"))
    return f"with the token of this answer one reads {shown}" if any(quoted in text for text in shown) else ""


def _says_not(stage: Stage, _: str, quoted: str) -> str:
    return "it does" if quoted.casefold() in _text(stage).casefold() else ""


def _bold(stage: Stage, _: str, quoted: str) -> str:
    html = stage.answer["reply"]["html"]
    return "" if f"<b>{quoted}</b>".casefold() in html.casefold() else f"the reply is {html}"


def _not_bold(stage: Stage, _: str, quoted: str) -> str:
    return "it does" if not _bold(stage, "", quoted) else ""


def _asking(stage: Stage) -> str:
    return str(stage.session["dialogue"]["plan"]["asking"])


def _asks_for(stage: Stage, field: str, _: str) -> str:
    if _asking(stage) != field:
        return f"the plan asks for {_asking(stage)!r}"
    return "" if _questions(stage) == 1 else f"the reply has {_questions(stage)} questions"


def _asks_nothing(stage: Stage, *_: str) -> str:
    return f"it asks ({_asking(stage)!r})" if _asking(stage) or _questions(stage) else ""


def _asks_one(stage: Stage, *_: str) -> str:
    return "" if _questions(stage) <= 1 else f"it asks {_questions(stage)}"


def _field(stage: Stage, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.session["dialogue"]["fields"].get(name, {})
    return found


def _knows(stage: Stage, field: str, quoted: str) -> str:
    known = _field(stage, field)
    return "" if quoted in (known.get("shown"), known.get("value")) else f"it knows {known}"


def _knows_not(stage: Stage, field: str, _: str) -> str:
    return f"it knows {_field(stage, field)}" if _field(stage, field) else ""


def _doubts(stage: Stage, field: str, _: str) -> str:
    return "" if _field(stage, field).get("locked") is False else f"it knows {_field(stage, field)}"


def _corrected(stage: Stage, field: str, _: str) -> str:
    return "" if _field(stage, field).get("state") == "corrected" else f"it knows {_field(stage, field)}"


def _one_of(actual: Callable[[Stage], str]) -> Callable[[Stage, str, str], str]:
    def check(stage: Stage, wanted: str, _: str) -> str:
        return "" if actual(stage) in wanted.split(" or ") else f"it is {actual(stage)!r}"

    return check


def _offers(stage: Stage, cta_id: str, _: str) -> str:
    shown = [cta["id"] for cta in stage.answer["ctas"]]
    return "" if cta_id in shown else f"it offers {shown}"


def _offers_not(stage: Stage, cta_id: str, _: str) -> str:
    return "it does" if not _offers(stage, cta_id, "") else ""


def _is(holds: Callable[[Stage], bool]) -> Callable[[Stage, str, str], str]:
    return lambda stage, *_: "" if holds(stage) else "it does not"


def _tagged(stage: Stage, tag: str, _: str) -> str:
    return "" if tag in stage.session["tags"] else f"its tags are {stage.session['tags']}"


def _untagged(stage: Stage, tag: str, _: str) -> str:
    return f"its tags are {stage.session['tags']}" if tag in stage.session["tags"] else ""


def _noted(stage: Stage, key: str, quoted: str) -> str:
    noted = stage.session["metadata"].get(key)
    return "" if noted == quoted else f"it is {noted!r}"


def _because(stage: Stage, _: str, quoted: str) -> str:
    handoff = stage.answer["handoff"] or {}
    return "" if handoff.get("reason") == quoted else f"the hand-off is {handoff}"


def _short(stage: Stage, most: str, _: str) -> str:
    chat, token = stage.speaking, stage.tokens[stage.speaking.session_id]
    query = {"business_id": chat.business_id, "session_id": chat.session_id}
    found = chat.http.get(f"{chat.url}/session", params=query, headers={"Authorization": f"Bearer {token}"}).json()
    kept = len({message["message_id"] for message in found["messages"]})
    return "" if kept <= int(most) else f"it keeps {kept}"


CHECKS: Mapping[str, Callable[[Stage, str, str], str]] = {
    "says": _says,
    "does not say": _says_not,
    "says only": _says_only,
    "says in bold": _bold,
    "does not say in bold": _not_bold,
    "asks for": _asks_for,
    "asks nothing": _asks_nothing,
    "asks one thing at most": _asks_one,
    "knows": _knows,
    "does not know": _knows_not,
    "doubts": _doubts,
    "corrected": _corrected,
    "is in state": _one_of(lambda stage: stage.answer["state"]),
    "wants": _one_of(lambda stage: stage.answer["intent"]["name"]),
    "feels": _one_of(lambda stage: stage.answer["sentiment"]["label"]),
    "speaks": _one_of(lambda stage: stage.session["language"]),
    "offers": _offers,
    "does not offer": _offers_not,
    "calls a person": _is(lambda stage: stage.answer["handoff"] is not None),
    "calls a person because": _because,
    "calls nobody": _is(lambda stage: stage.answer["handoff"] is None),
    "stays quiet": _is(lambda stage: not stage.answer["reply"]["html"]),
    "answers without the model": _is(lambda stage: stage.answer["usage"]["input_tokens"] == 0),
    "asks the model": _is(lambda stage: stage.answer["usage"]["input_tokens"] > 0),
    "is answered by a": _one_of(lambda stage: stage.session["owner"]),
    "is let in": _is(lambda stage: not stage.refused),
    "is turned away": _is(lambda stage: stage.refused),
    "shows the visitor": _reads,
    "cannot read back": _reads_not,
    "keeps turns": _short,
    "is tagged": _tagged,
    "is not tagged": _untagged,
    "notes": _noted,
}

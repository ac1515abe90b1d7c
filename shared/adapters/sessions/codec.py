"""Sessions as JSON, and embeddings as text: the forms in which they are stored."""

import base64
import json
import math
import struct
from typing import Any

from shared.domain.crm import CrmLink
from shared.domain.dialogue import Dialogue, Plan
from shared.domain.fields import FieldValue
from shared.domain.knowledge import Space
from shared.domain.session import PastTurn, Session
from shared.ports import Embedded

FORMAT = 2
_READABLE = (1, FORMAT)  # 1 had no dialogue


def dump(session: Session) -> str:
    """Return the session as compact JSON."""
    # Not dataclasses.asdict: it copies every turn of the history, half a millisecond of a turn.
    dialogue = session.dialogue
    fields = {
        "format": FORMAT,
        **vars(session),
        "turns": [vars(turn) for turn in session.turns],
        "dialogue": {
            **vars(dialogue),
            "fields": {name: vars(value) for name, value in dialogue.fields.items()},
            "plan": vars(dialogue.plan),
            "crm": vars(dialogue.crm),
        },
    }
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def load(text: str) -> Session | None:
    """Return the session, None when it was written by a format this version does not know."""
    data: dict[str, Any] = json.loads(text)
    if data.pop("format", None) not in _READABLE:
        return None
    turns = tuple(PastTurn(**_known(PastTurn, turn)) for turn in data.pop("turns"))
    known = _known(Session, data)
    return Session(**{**known, "dialogue": load_dialogue(data.get("dialogue", {}))}, turns=turns)


def dump_vector(embedded: Embedded) -> str:
    """Return an embedding and its space as text: halves, whose cosines differ by less than a thousandth."""
    packed = struct.pack(f"<{len(embedded.vector)}e", *embedded.vector)
    return f"{base64.b64encode(packed).decode()} {embedded.space.model}"


def load_vector(data: str, text: str) -> Embedded | None:
    """Return the embedding of a text as a unit vector, None when it is damaged."""
    packed, _, model = data.partition(" ")
    try:
        vector = [number for (number,) in struct.iter_unpack("<e", base64.b64decode(packed, validate=True))]
    except (ValueError, struct.error):
        return None
    length = math.sqrt(sum(number * number for number in vector))
    if not 0 < length < math.inf:
        return None
    return Embedded(text, Space(model, len(vector)), [number / length for number in vector])


def load_dialogue(data: dict[str, Any]) -> Dialogue:
    """Return a dialogue from its JSON object."""
    plan = Plan(**_tuples(_known(Plan, data.get("plan", {}))))
    fields = {name: FieldValue(**_known(FieldValue, value)) for name, value in data.get("fields", {}).items()}
    crm = CrmLink(**_tuples(_known(CrmLink, data.get("crm", {}))))
    return Dialogue(**{**_tuples(_known(Dialogue, data)), "fields": fields, "plan": plan, "crm": crm})


def _known(kind: type[Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what this version knows of it: a newer revision, which serves beside it, may have written more."""
    return {name: value for name, value in data.items() if name in kind.__dataclass_fields__}


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}

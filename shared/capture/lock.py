"""How what was heard changes what is known: a locked value stays, unless it was explicitly corrected."""

from collections.abc import Mapping
from dataclasses import replace

from shared.domain.fields import FieldState, FieldValue
from shared.domain.understanding import Given, Heard


def learn(
    fields: Mapping[str, FieldValue], heard: Heard, message_id: str, at: str
) -> tuple[Mapping[str, FieldValue], tuple[str, ...]]:
    """Return the fields after a message, and the ids of those that are different now (value, state or lock).

    A withdrawn value is unlocked and stays until a new one comes; the same value stated again, in another message, is
    confirmed; learning the same message twice changes nothing more.

    Args:
        fields: what was known before.
        heard: what the message says.
        message_id: the message.
        at: when it came, ISO.
    """
    now = dict(fields)
    for field in heard.withdrawn:
        if field in now:
            now[field] = replace(now[field], locked=False)
    for given in heard.given:
        now[given.field] = _given(now.get(given.field), given, message_id, at)
    for given in heard.corrected:
        now[given.field] = _corrected(now.get(given.field), given, message_id, at)
    return now, tuple(field for field, value in now.items() if fields.get(field) != value)


def _given(old: FieldValue | None, given: Given, message_id: str, at: str) -> FieldValue:
    if old is None or not old.locked:
        return _value(given, message_id, at, "heard")
    if old.value == given.value and old.message_id != message_id:
        return replace(old, state="confirmed")
    return old


def _corrected(old: FieldValue | None, given: Given, message_id: str, at: str) -> FieldValue:
    if old and old.locked and old.value == given.value:
        return old
    return _value(given, message_id, at, "corrected")


def _value(given: Given, message_id: str, at: str, state: FieldState) -> FieldValue:
    return FieldValue(given.value, given.shown, message_id, at, state)

"""Turns function responses into what the model says next. Pure; it must only use the responses' words."""

from collections.abc import Iterator, Mapping, Sequence

from local.gemini.composer import Answer, Embed, compose
from local.gemini.reader import Passage, Prompt, passages_in
from local.gemini.request import FunctionResponse
from local.gemini.sentences import finish

# Fields that usually hold the sentence meant for a person.
_SPOKEN = ("message", "output", "result", "text", "answer", "summary", "detail")
_TEXT_CHARS = 160


def speak(responses: Sequence[FunctionResponse], prompt: Prompt, embed: Embed) -> Answer:
    """One sentence per response; long texts are searched for the answer to the message."""
    passages = tuple(passage for item in responses for passage in _passages(item.response))
    if passages:
        return compose(Prompt(prompt.message, passages, prompt.earlier, "", prompt.today), embed)
    text = " ".join(filter(None, (_sentence(item.response) for item in responses)))
    return Answer(text or "Done.", text or "Done.", 1.0, known=bool(text))


def _passages(value: object) -> Iterator[Passage]:
    """Texts long enough to search: marked passages, records with a text, long strings."""
    if isinstance(value, str):
        marked = passages_in(value)
        yield from marked
        if not marked and len(value) > _TEXT_CHARS:
            yield Passage(value)
    elif isinstance(value, Mapping):
        text = value.get("text")
        number = value.get("n")
        if isinstance(text, str) and isinstance(number, int):
            yield Passage(text, number, str(value.get("title") or ""))
            return
        for item in value.values():
            yield from _passages(item)
    elif isinstance(value, list):
        for item in value:
            yield from _passages(item)


def _sentence(response: Mapping[str, object]) -> str:
    if error := response.get("error"):
        told = error.get("message", error) if isinstance(error, Mapping) else error
        return finish(f"I'm sorry, that did not work: {_flat(told)}")
    for name in _SPOKEN:
        value = response.get(name)
        if isinstance(value, str) and value.strip():
            return finish(value.strip())
        if isinstance(value, Mapping):
            return _sentence(value)
    told = _flat(response)
    return finish(told) if told else ""


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = ((name, _flat(item)) for name, item in value.items())
        return ", ".join(f"{str(name).replace('_', ' ')}: {text}" for name, text in pairs if text)
    if isinstance(value, list):
        return ", ".join(filter(None, map(_flat, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)

"""Golden questions: what a business's knowledge must be able to answer, and what it must not pretend to. Pure."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.domain.folding import fold
from shared.domain.text import Line, Text
from shared.domain.urls import check_web_url

MAX_QUESTIONS = 1000
MAX_PAGES, MAX_FACTS, MAX_HISTORY = 20, 10, 10
MAX_CHARS = 1000
OR = "|"
"""Between two ways to say one fact."""

_EDGE = "0-9a-z"  # within a word of these, a fact is another one: £12 is not £120
_PATH = re.compile(r"/[^\s/][^\s]*|/")


def _page(value: str) -> str:
    return value if _PATH.fullmatch(value) else check_web_url(value)


def _fact(value: str) -> str:
    if not all(fold(way) for way in value.split(OR)):
        raise ValueError(f"there is nothing on one side of '{OR}'")
    return value


GoldenId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")]
Said = Annotated[Line, StringConstraints(min_length=1, max_length=MAX_CHARS)]
PageRef = Annotated[Text, StringConstraints(min_length=1, max_length=2048, pattern=r"^\S+$"), AfterValidator(_page)]
Fact = Annotated[Line, StringConstraints(min_length=1, max_length=200), AfterValidator(_fact)]
Tongue = Annotated[Line, StringConstraints(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$")]


class GoldenQuestion(BaseModel):
    """A question with what must be found for it.

    `pages`: addresses, or paths of any site; one of them found is a hit. `#page=3` asks for that page of a PDF.
    `facts`: each must be in what is found; `14 days | two weeks` is one fact that is said in two ways.
    `history`: the visitor's messages before, the oldest first. `language` is only needed where it is not the site's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: GoldenId
    question: Said
    pages: Annotated[tuple[PageRef, ...], Field(max_length=MAX_PAGES)] = ()
    facts: Annotated[tuple[Fact, ...], Field(max_length=MAX_FACTS)] = ()
    answerable: bool = True
    history: Annotated[tuple[Said, ...], Field(max_length=MAX_HISTORY)] = ()
    language: Tongue = ""

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        expected = bool(self.pages or self.facts)
        if self.answerable and not expected:
            raise ValueError("say which page or which fact answers it, or that it is not answerable")
        if expected and not self.answerable:
            raise ValueError("a question that is not answerable has no pages and no facts")
        return self


class GoldenSet(BaseModel):
    """All golden questions of a business, as they are posted and as they are kept in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    questions: Annotated[tuple[GoldenQuestion, ...], Field(max_length=MAX_QUESTIONS)]

    @model_validator(mode="after")
    def _has_each_id_once(self) -> Self:
        seen: set[str] = set()
        for one in self.questions:
            if one.id in seen:
                raise ValueError(f"the id '{one.id}' is there twice")
            seen.add(one.id)
        return self


def says(text: str, fact: str) -> bool:
    """Return whether a text holds a fact in one of its ways; capitals and accents do not matter, whole words do.

    Args:
        text: folded by `fold`.
        fact: as the question has it.
    """
    return any(_within(text, fold(way)) for way in fact.split(OR))


def _within(text: str, fact: str) -> bool:
    before = rf"(?<![{_EDGE}])" if re.match(rf"[{_EDGE}]", fact) else ""
    behind = rf"(?![{_EDGE}])" if re.search(rf"[{_EDGE}]$", fact) else ""
    return re.search(before + re.escape(fact) + behind, text) is not None


def same_page(expected: str, found: str) -> bool:
    """Return whether an address that was found is of an expected page.

    Scheme, `www.`, a last slash and escapes do not matter; a fragment does where the expected one has it. An expected
    path is that path of any site.
    """
    wanted, there = urlsplit(expected), urlsplit(found)
    if wanted.fragment and wanted.fragment != there.fragment:
        return False
    if wanted.netloc and _site(wanted.netloc) != _site(there.netloc):
        return False
    return (_plain(wanted.path), wanted.query) == (_plain(there.path), there.query)


def _site(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")


def _plain(path: str) -> str:
    return unquote(path).rstrip("/")


def spread(questions: Sequence[GoldenQuestion], count: int) -> tuple[GoldenQuestion, ...]:
    """Return at most `count` of the questions, the same ones each time, from all of their order."""
    if len(questions) <= count:
        return tuple(questions)
    return tuple(questions[at * len(questions) // count] for at in range(count))


def stored(question: GoldenQuestion) -> dict[str, Any]:
    """Return a question as JSON, without what is as usual."""
    return question.model_dump(mode="json", exclude_defaults=True)

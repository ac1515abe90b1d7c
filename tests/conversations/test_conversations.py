"""Every script of scripts/, played over HTTP against the running functions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local.seed import Admin
from local.stack.platform import Platform
from tests.clients import Business, Chat
from tests.conversations.script import read_script
from tests.conversations.stage import Stage

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.txt"))
LANGUAGES = ("en", "es", "de", "fr", "ar")


@pytest.fixture(scope="module")
def businesses() -> dict[str, str]:
    """Ids of the businesses made so far, by the name of their file: one index each, for all scripts."""
    return {}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_conversation_goes_as_written(
    path: Path,
    businesses: dict[str, str],
    new_business: Callable[..., Business],
    admin: Admin,
    http: httpx2.Client,
    platform: Platform,
) -> None:
    """Each expectation of the script holds."""
    script = read_script(path)
    if script.business not in businesses:
        described: dict[str, Any] = json.loads((HERE / "businesses" / f"{script.business}.json").read_text("utf-8"))
        facts = described.pop("knows")
        made = new_business(facts="\n\n".join(facts), **described)
        businesses[script.business] = made.id
    business_id = businesses[script.business]
    Stage(Business(business_id, admin, Chat(http, platform.chat_url, business_id))).play(script)


def test_there_are_enough_of_them() -> None:
    """At least forty, and several in each language: a script's name begins with its language."""
    assert len(SCRIPTS) >= 40
    for language in LANGUAGES:
        assert len([path for path in SCRIPTS if path.name.startswith(f"{language}-")]) >= 4, language

"""The intro token opens the conversation: a greeting, and no model."""

import pytest

from shared.guards import intro
from tests.unit.samples import a_message, a_tenant


def test_the_token_gets_the_greeting_and_the_roots():
    """The owner's greeting word for word; `cta_ids` None stands for the roots of the tree."""
    settled = intro.check(a_message("__intro__"), a_tenant(branding={"greeting": "Hi **there** & welcome"}))
    assert settled is not None
    assert settled.text == "Hi **there** & welcome"
    assert settled.cta_ids is None
    assert settled.intent.name == "greeting"


@pytest.mark.parametrize("text", ["", "intro", "__INTRO__", "__intro__ hello", "x__intro__", "__intro__\n__intro__"])
def test_nothing_else_is_the_token(text):
    """It is compared whole."""
    assert intro.check(a_message(text), a_tenant()) is None


def test_a_business_may_have_a_token_of_its_own():
    """Then the default one is an ordinary message."""
    tenant = a_tenant(intro_token="hallo!")
    assert intro.check(a_message("hallo!"), tenant) is not None
    assert intro.check(a_message("__intro__"), tenant) is None

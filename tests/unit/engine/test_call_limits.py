"""A call's messages are not counted as a chat's: who calls is limited where calls are taken."""

import pytest

from shared.domain.errors import RateLimited
from tests.unit.fakes import World
from tests.unit.samples import a_tenant

ONE = {"rate_limit": "1/hour", "address_rate_limit": "1/hour"}


def test_a_call_is_neither_limited_nor_counted():
    """Any number of turns, and the visitor's own message on the website is still free."""
    world = World(a_tenant(limits=ONE))
    for number in range(4):
        world.ask(message_id=f"m-{number}", session_id="call-CA1", channel="voice", user="u", address="a", holder=True)
    world.ask(message_id="m-9", user="u", address="a")
    with pytest.raises(RateLimited):
        world.ask(message_id="m-10", user="u", address="a")

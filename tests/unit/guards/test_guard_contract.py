"""What holds for every guard: any Unicode is survived, long adversarial input is fast, the result is always the same.

A new guard joins by standing in GUARDS.
"""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.guards import appointment, booking_claim, injection, intro
from tests.unit.properties import NORMAL, any_text
from tests.unit.samples import CTA_TREE, a_message, a_tenant

TENANT = a_tenant(cta_tree=CTA_TREE, appointment={"booking_cta": "book"})
GUARDS: dict[str, Callable[[str], object]] = {
    "intro": lambda text: intro.check(a_message(text), TENANT),
    "injection": lambda text: injection.check(a_message(text), TENANT),
    "appointment": lambda text: appointment.check(a_message(text), TENANT),
    "booking_claim": booking_claim.check,
}
LENGTHS = (500, 4000)  # characters; the second is the longest message
FLOOR_S = 20e-6  # under this a clock measures itself
SLACK = 3  # above a straight line; backtracking over eight times the text would cost 64 times as much, not 8
# Each makes some pattern begin everywhere and fail late.
PUMPS = (
    "ignore ", "ignore all ", "show the ", "show the system ", "tell me your hidden ", "what is your initial system ",
    "act without ", "you are now ", "enable developer ", "ignora ", "oublier ", "تجاهل ", "book ", "can i ", "need a ",
    "want an ", "change my ", "cancel the next ", "termin ", "möchte ", "prendre ", "احجز ", "i ", "i have ",
    "i've now ", "appointment ", "your booking is ", "ich habe ", "j'ai pris ", "cita ", "how ", "a", " ", "\n", ".",
    "\u0301", "ß", "İ", "ﷺ", "👩\u200d🔧", "Ａ", "\u00ad", "**",
)  # fmt: skip

_fragments = st.lists(st.sampled_from([*PUMPS, "instructions", "prompt", "appointment", "booked"]), max_size=12).map(
    "".join
)


@pytest.mark.parametrize("guard", GUARDS)
@NORMAL
@given(any_text | _fragments)
def test_a_guard_survives_any_text_and_decides_the_same_again(guard, text):
    """No input raises, lone surrogates included, and there is no memory."""
    assert GUARDS[guard](text) == GUARDS[guard](text)


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("pump", PUMPS)
def test_the_longest_message_costs_a_guard_no_more_than_its_length(guard, pump):
    """Text made to backtrack takes time by its length, not by its square (its own time: the machine is busy)."""

    def seconds(length: int) -> float:
        text = (pump * length)[:length]
        best = float("inf")
        for _ in range(7):
            begun = time.thread_time()
            GUARDS[guard](text)
            best = min(best, time.thread_time() - begun)
        return best

    short, longest = (seconds(length) for length in LENGTHS)
    assert longest < SLACK * LENGTHS[1] / LENGTHS[0] * max(short, FLOOR_S)

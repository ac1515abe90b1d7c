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
MAX_S = 0.05
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
def test_a_guard_is_fast_on_the_longest_message(guard, pump):
    """4000 characters made to backtrack take less than 50 ms (the best of three: the machine may be busy)."""
    text = (pump * 4000)[:4000]

    def seconds() -> float:
        begun = time.perf_counter()
        GUARDS[guard](text)
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(3)) < MAX_S

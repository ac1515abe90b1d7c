"""Identifiers: unguessable, of one form, ascending in time."""

import re

from shared.domain.ids import new_id


def test_ids_have_one_form_and_never_repeat():
    """A prefix and 27 hexadecimal digits."""
    made = [new_id("msg") for _ in range(2000)]
    assert all(re.fullmatch(r"msg_[0-9a-f]{27}", one) for one in made)
    assert len(set(made)) == len(made)


def test_ids_ascend_with_the_clock():
    """Their first digits are the time: sorting them sorts by age, and half of each is chance."""
    made = [new_id("b") for _ in range(2000)]
    stamps = [one[2:13] for one in made]
    assert stamps == sorted(stamps)
    assert len({one[13:] for one in made}) == len(made)

"""A person is named by address and number as people write them, and nobody else is."""

import pytest

from shared.domain.subject import Subject, number_of

ANA = Subject().also(emails=("Ana@X.example",), phones=("+441632960001",))


@pytest.mark.parametrize(
    "text",
    [
        "ana@x.example", "My email is ANA@x.example.", "<ana@x.example>,", "mailto:ana@x.example?subject=x",
        "+441632960001", "+44 1632 960001", "+44 (0)1632 960-001", "0044 1632 960001", "01632 960 001", "1632960001",
        "call 01632.960.001 after 5", "tel:+441632960001",
    ],
)  # fmt: skip
def test_the_person_is_found(text):
    """However it is written."""
    assert ANA.names(text)
    assert ANA.names_in({"fields": [{"value": text}]})


@pytest.mark.parametrize(
    "text",
    [
        "", "joana@x.example", "ana@x.example.org", "ana@x.examples", "ana@y.example", "+441632960002", "1632 960 0012",
        "91632960001", "+4916329600010", "41632960001", "ana at x dot example",
    ],
)  # fmt: skip
def test_nobody_else_is(text):
    """Addresses and numbers that only contain it."""
    assert not ANA.names(text)


def test_a_number_is_also_a_callers_id():
    """Both ways; an id of another kind is no number."""
    assert Subject().also(phones=("+441632960001",)).user_ids == {"tel:+441632960001"}
    assert Subject().also(users=("tel:+441632960001",)).phones == {"+441632960001"}
    assert Subject().also(users=("u-1",)).phones == frozenset()
    assert Subject().also(users=("u-1",)).names_in({"person": "u-1"})


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("01632 960001", "GB", "+441632960001"), ("+34 600 111 222", "US", "+34600111222"), ("hello", "US", ""),
        ("1", "US", ""),
    ],
)  # fmt: skip
def test_a_number_has_one_form(text, region, number):
    """E.164, by the business's region; "" for what is none."""
    assert number_of(text, region) == number

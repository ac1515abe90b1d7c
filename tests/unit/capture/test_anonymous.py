"""A text for others to read says nothing of who wrote it, and still what was asked."""

import pytest

from shared.capture.anonymous import MOST_CHARS, anonymous
from shared.domain.fields import FieldSpec, FieldValue, with_built_in

SPECS = with_built_in((
    FieldSpec(id="company", label="Company"), FieldSpec(id="seats", label="Seats", type="number"),
    FieldSpec(id="bike", label="Bike", type="choice", choices=("Road", "Cargo")),
    FieldSpec(id="partner", label="Partner", type="name"),
))  # fmt: skip


def known(**values):
    """Return what is known of a visitor."""
    return {name: FieldValue(value, value, "m-1", "") for name, value in values.items()}


ANA = known(name="Ana López", phone="+447700900123", company="Quillfeather Ltd", seats="4", bike="Cargo", partner="Bob")
HIDDEN = [
    ("Does Ana Lopez get a discount?", "Does [name] get a discount?"),
    ("ana, lópez or ANA: discount?", "[name], [name] or [name]: discount?"),
    ("Can Bob have a cargo bike with 4 seats?", "Can [name] have a cargo bike with 4 seats?"),
    ("Does Quillfeather Ltd have an account?", "Does [detail] have an account?"),
    ("Call 07700 900 123 when it is ready?", "Call [phone] when it is ready?"),
    ("Call +44 7700 900999 when it is ready?", "Call [number] when it is ready?"),
    ("هل رقمي ٠٧٧٠٠٩٠٠١٢٣ عندكم؟", "هل رقمي [phone] عندكم؟"),
    ("Is bob.m+x@mail.example registered?", "Is [e-mail] registered?"),
    ("Is zed at gmail dot com registered?", "Is [e-mail] registered?"),
    ("My name is Peter, can you fix it?", "My name is [name], can you fix it?"),
    ("I'm Bob Miller, do you repair scooters?", "I'm [name] Miller, do you repair scooters?"),
    ("Hi, this is Clara Oswald, any jobs?", "Hi, this is [name], any jobs?"),
    ("Is my card 4111 1111 1111 1111 fine?", "Is my card [number] fine?"),
    ("Pay from DE02 1203 0000 0000 2020 51?", "Pay from [number]?"),
    ("Where is order AB-1234567?", "Where is order AB-[number]?"),
    ("I was born on 12/05/1980, a discount?", "I was born on [number], a discount?"),
    ("Do you deliver to 12 Baker Street?", "Do you deliver to [address]?"),
    ("Liefern Sie in die Hauptstraße 12?", "Liefern Sie in die [address]?"),
    ("¿Entregan en calle Mayor 7?", "¿Entregan en [address]?"),
    ("Livrez-vous au 12 rue de Rivoli ?", "Livrez-vous au [address] ?"),
    ("Do you deliver to SW1A 1AA?", "Do you deliver to [address]?"),
    ("What is https://x.example/?token=abc for?", "What is [link] for?"),
]


@pytest.mark.parametrize(("text", "expected"), HIDDEN, ids=[str(number) for number in range(len(HIDDEN))])
def test_what_says_who_asks_is_hidden(text, expected):
    """Known or only of its form; what was asked stays."""
    assert anonymous(text, ANA, SPECS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Do you have 28mm 700c tyres under 100.000 € or 1,500,000?", "Do you ship to Norway in 2026?",
        "Are you open from 9 to 18 on 24.12.?", "¿Tienen bicis de 26 pulgadas?", "Is there a XT-M8100 12-speed?",
        "", "?",
    ],
)  # fmt: skip
def test_what_is_asked_about_stays(text):
    """Prices, sizes, years, hours, articles, nothing at all."""
    assert anonymous(text, ANA, SPECS) == text


def test_a_text_is_one_line_and_has_its_end():
    """Details that stand across the cut are hidden whole."""
    assert anonymous("one\n\n two", {}, SPECS) == "one two"
    assert len(anonymous("word " * 900, {}, SPECS)) == MOST_CHARS - 1
    text = f"{'x' * (MOST_CHARS - 6)} ana.maria@mail.example"
    assert anonymous(text, {}, SPECS) == f"{'x' * (MOST_CHARS - 6)} [e-ma"


HOSTILE = {"digits": "1 ", "signs": "a@", "dashes": "1-", "names": "Ab ", "streets": "calle ", "brackets": "("}


@pytest.mark.parametrize("text", [part * 4000 for part in HOSTILE.values()], ids=HOSTILE)
def test_hostile_texts_are_done_with(text):
    """They take no time that grows with more than their length: the suite's time-out is the judge."""
    assert len(anonymous(text, ANA, SPECS)) <= MOST_CHARS

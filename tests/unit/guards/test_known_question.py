"""The assistant never asks for what it knows; every other sentence passes unchanged."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.fields import FieldSpec, with_built_in
from shared.guards.known_question import check
from tests.unit.properties import NORMAL, any_text

SPECS = with_built_in(
    (
        FieldSpec(id="budget", label="Budget", type="number", question="What budget do you have in mind?"),
        FieldSpec(id="guests", label="Guests", type="number", question="How many guests will come to the party?"),
        FieldSpec(id="city", label="City"),
    )
)
KNOWN = frozenset({"name", "email", "budget", "guests"})
REMOVED = (
    "What's your e-mail address?",
    "What’s your name?",
    "WHAT IS YOUR EMAIL?",
    "Could I have your name, please?",
    "May I have your name and e-mail address?",
    "Can you share your e-mail so that I can send the offer?",
    "Please share your e-mail so that we can send you the offer.",
    "To send you the offer, could I have your e-mail?",
    "Great choice, what's your e-mail address?",
    "Would you mind sharing your e-mail address with me?",
    "I just need your name to continue.",
    "Which email should I use?",
    "And your email?",
    "Your name, please?",
    "Who am I speaking with?",
    "How should I call you?",
    "What's your budget?",
    "What budget do you have in mind?",
    "How many guests will come?",
    "¿Cuál es tu correo?",
    "¿Me puedes dar tu correo electrónico?",
    "¿Podría decirme su nombre, por favor?",
    "¿Cómo te llamas?",
    "Necesito tu nombre y correo para continuar.",
    "Wie lautet Ihre E-Mail-Adresse?",
    "Wie heißen Sie?",
    "Darf ich Ihren Namen erfahren?",
    "Nennen Sie mir bitte Ihre E-Mail.",
    "Wie ist Ihr Budget?",
    "Quel est votre nom ?",
    "Quelle est votre adresse e-mail ?",
    "Puis-je avoir votre e-mail, s'il vous plaît ?",
    "Comment vous appelez-vous ?",
    "ما هو بريدك؟",
    "ما اسمك؟",
    "هل يمكنك مشاركة بريدك الإلكتروني؟",
    "من فضلك أرسل بريدك الإلكتروني.",
)
CUT = (
    ("May I have your name and phone number?", "May I have your phone number?"),
    ("Could I have your name, e-mail and phone number, please?", "Could I have your phone number, please?"),
    ("Could I get your phone number and your email?", "Could I get your phone number?"),
    ("What's your name and what's your phone number?", "What's your phone number?"),
    ("Could you tell me your budget and city?", "Could you tell me your city?"),
    ("Our service costs 95 pounds, and what's your e-mail?", "Our service costs 95 pounds."),
    ("Could I have your e-mail, or would you rather call us?", "Would you rather call us?"),
    ("I'll just need your e-mail and the date of your visit.", "I'll just need the date of your visit."),
    ("¿Cuál es su nombre y su teléfono?", "¿Cuál es su teléfono?"),
    ("Dime tu nombre y tu teléfono, por favor.", "Dime tu teléfono, por favor."),
    ("Könnten Sie mir Ihren Namen und Telefonnummer nennen?", "Könnten Sie mir Ihre Telefonnummer nennen?"),
    (
        "Pourriez-vous me donner votre nom et votre numéro de téléphone ?",
        "Pourriez-vous me donner votre numéro de téléphone ?",
    ),
    ("ما هو اسمك ورقم هاتفك؟", "ما هو رقم هاتفك؟"),
)
HARMLESS = (
    "Shall I use the e-mail you gave me?",
    "Do you want our e-mail address?",
    "Is your e-mail still ana@x.com?",
    "Is +34 600 123 456 your phone number?",
    "What's your phone number?",
    "Could I have your city?",
    "What's your favourite colour?",
    "What's your e-mail provider?",
    "What's your company name?",
    "What is the name of the product?",
    "What name should the cake have?",
    "What's the best way to reach you?",
    "We will send it to your e-mail.",
    "Shall I send it to your e-mail?",
    "Please check your e-mail.",
    "Please enter your name in the form on our website.",
    "If you share your e-mail, we can send it.",
    "I have your name and e-mail, thank you.",
    "You can change your name in the settings.",
    "Do you need help with your budget?",
    "Your budget is fine.",
    "How can I help you?",
    "¿Quieres nuestro correo?",
    "Können Sie Ihre E-Mail prüfen?",
    "Voulez-vous notre adresse e-mail ?",
    "هل تريد عنوان بريدنا؟",
)
PUMPS = (
    "what's your ",
    "your name and ",
    "please share ",
    ", what ",
    "and ",
    "name, ",
    "- ",
    "ما ",
    "é",
    "a",
    " ",
    "@",
)
LENGTHS = (500, 4000)  # characters
SLACK = 4  # above a straight line


@pytest.mark.parametrize("sentence", REMOVED)
def test_a_question_for_known_fields_is_removed(sentence):
    """In five languages, for built-in fields and the business's own, with what only leads up to it."""
    assert check(sentence, KNOWN, SPECS) == ""


@pytest.mark.parametrize(("sentence", "left"), CUT)
def test_what_else_the_sentence_says_stays(sentence, left):
    """Other content, other questions and unknown fields of a list survive, as a whole sentence."""
    assert check(sentence, KNOWN, SPECS) == left


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_harmless_sentence_passes_unchanged(sentence):
    """Questions for unknown fields, about the business's own data, and mentions of known ones stay."""
    assert check(sentence, KNOWN, SPECS) == sentence


@pytest.mark.parametrize("sentence", REMOVED)
def test_nothing_is_removed_while_nothing_is_known(sentence):
    """Asking for what is missing is the assistant's task."""
    assert check(sentence, frozenset(), SPECS) == sentence


@pytest.mark.parametrize(("_sentence", "left"), CUT)
def test_what_is_left_is_left_alone(_sentence, left):
    """Checking twice changes nothing more."""
    assert check(left, KNOWN, SPECS) == left


@NORMAL
@given(any_text | st.lists(st.sampled_from([*PUMPS, "e-mail", "?", "or would you "]), max_size=12).map("".join))
def test_any_text_is_survived_and_never_grows(text):
    """No input raises, and the guard only takes away (a full stop apart)."""
    assert len(check(text, KNOWN, SPECS)) <= len(text) + 1


@pytest.mark.parametrize("pump", PUMPS)
def test_a_long_sentence_costs_no_more_than_its_length(pump):
    """Text made to backtrack takes time by its length, not by its square."""

    def seconds(length: int) -> float:
        text, best = (pump * length)[:length], float("inf")
        for _ in range(7):
            begun = time.thread_time()
            check(text, KNOWN, SPECS)
            best = min(best, time.thread_time() - begun)
        return best

    short, longest = (seconds(length) for length in LENGTHS)
    assert longest < SLACK * LENGTHS[1] / LENGTHS[0] * max(short, 20e-6)

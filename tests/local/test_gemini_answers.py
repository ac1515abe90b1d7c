"""How well the stand-in picks its sentences, on a small shop with eight passages; no server is involved."""

import re

import pytest

from local.gemini.composer import compose
from local.gemini.reader import Passage, Prompt
from local.gemini.vectors import Vectors

SHOP = (
    Passage("""business: Harbour Cycles
phone: 020 7946 0321
email: hello@harbourcycles.example
address: 14 Quay Street, Bristol BS1 4DA
opening hours: Monday to Friday 9:00-17:30, Saturday 10:00-16:00, Sunday closed"""),
    Passage(
        """We repair every kind of bicycle in our own workshop. Prices include labour; parts are extra.

| Service | Price | Time |
|---|---|---|
| Basic tune-up | $45 | same day |
| Full service | $95 | 2 days |
| Puncture repair | $12 | 30 minutes |
| Brake adjustment | $20 | 1 hour |
| Wheel truing | $25 per wheel | next day |

Bikes left for more than 30 days after we call you are charged $2 a day for storage.""",
        1,
        "Prices > Repairs",
    ),
    Passage(
        """Harbour Cycles is open six days a week.
Monday to Friday: 9:00 to 17:30
Saturday: 10:00 to 16:00
Sunday and bank holidays: closed
The workshop stops taking in repairs half an hour before closing.""",
        2,
        "Opening hours",
    ),
    Passage(
        """Do you repair electric bikes?
Yes, we service most e-bikes with Bosch and Shimano motors, but we do not repair batteries.

Can I wait while you fix my bike?
For punctures and brake adjustments you can wait; there is free coffee in the shop.

Do you buy second-hand bikes?
We take bikes in part exchange against a new one, but we do not buy them for cash.

What payment methods do you accept?
We take cash, all major cards, Apple Pay and the Cycle to Work scheme.

Can I park nearby?
There is a public car park behind the shop, and two loading bays in front that are free for 20 minutes.""",
        3,
        "Frequently asked questions",
    ),
    Passage(
        """Harbour Cycles was founded in 1998 by Maria Jensen, who still runs the shop.
Tom Baker is our head mechanic; he trained with Shimano and has 15 years of experience.
Aisha Khan leads the bike fitting studio and speaks English, Urdu and Spanish.
The team of six cycles to work every day.""",
        4,
        "About us > Our team",
    ),
    Passage(
        """You can book a repair online, by phone or by dropping in.
Online booking needs a deposit of $10, which is taken off the final bill.
Please cancel or move a booking at least 24 hours before; later cancellations lose the deposit.
Bike fitting takes about 90 minutes and must be booked in advance.""",
        5,
        "Booking",
    ),
    Passage(
        """All repairs carry a 6-month warranty on labour.
New bikes come with a two-year manufacturer's warranty on the frame and one year on components.
The warranty does not cover wear parts such as tyres, chains and brake pads, or damage from crashes.
Bring your receipt to make a claim.""",
        6,
        "Warranty and returns > Warranty",
    ),
    Passage(
        """Unused accessories can be returned within 30 days with the receipt for a full refund.
Sale items can be exchanged but not refunded.
Refunds go back to the original card within 5 working days.""",
        7,
        "Warranty and returns > Returns",
    ),
    Passage(
        """We rent city bikes and kids' bikes by the day.
A city bike costs $30 a day, a child's bike $18 a day and a tandem $55 a day.
Helmets and locks are included.
We need a photo ID and a $100 deposit on a card.
We deliver rental bikes to hotels in the city centre for $15.""",
        8,
        "Bike hire",
    ),
)

QUESTIONS = [
    ("How much is a full service?", "Full service: price $95"),
    ("what does a puncture cost", "Puncture repair: price $12"),
    ("How much do you charge for truing a wheel?", "Wheel truing"),
    ("price of a basic tune up?", "Basic tune-up"),
    ("How long does a full service take?", "2 days"),
    ("When are you open?", "9:00"),
    ("Are you open on Sundays?", "closed"),
    ("what time do you close on saturday", "16:00"),
    ("Are you open today?", "9:00"),
    ("Can you fix my e-bike?", "Bosch"),
    ("do you repair e-bike batteries?", "do not repair batteries"),
    ("Can I pay by card?", "all major cards"),
    ("do you take apple pay", "Apple Pay"),
    ("Is there parking?", "car park"),
    ("Who owns the shop?", "Maria Jensen"),
    ("Who is the head mechanic?", "Tom Baker"),
    ("does anyone speak spanish?", "Aisha Khan"),
    ("How do I book a repair?", "book a repair online"),
    ("Do I have to pay a deposit when booking online?", "deposit of $10"),
    ("What happens if I cancel late?", "lose the deposit"),
    ("How long is the warranty on repairs?", "6-month warranty"),
    ("Is the frame of a new bike guaranteed?", "two-year"),
    ("does the warranty cover brake pads", "does not cover wear parts"),
    ("Can I return a helmet I haven't used?", "returned within 30 days"),
    ("how quickly do I get my refund", "5 working days"),
    ("How much is it to rent a bike for a day?", "$30 a day"),
    ("Do you hire tandems?", "tandem"),
    ("Do you deliver hire bikes to hotels?", "deliver rental bikes"),
    ("What's your phone number?", "020 7946 0321"),
    ("Where are you located?", "14 Quay Street"),
    ("what is your email address?", "hello@"),
    ("can I sell you my old bicycle?", "do not buy them for cash"),
    ("Can I wait while it's being fixed?", "you can wait"),
    ("how long does a bike fitting take?", "90 minutes"),
    ("When was the shop founded?", "1998"),
]

UNANSWERABLE = [
    "I lost my keys, do you cut keys?",
    "Do you sell insurance?",
    "What is the capital of France?",
    "Who won the world cup?",
    "Can you write me a poem?",
    "What is the wifi password?",
    "Do you offer yoga classes?",
]

FOLLOW_UPS = [
    (("What time do you open during the week?",), "and on Saturdays?", "Saturday"),
    (("What time do you open during the week?",), "what about sunday?", "closed"),
    (("What time do you open during the week?", "and on Saturdays?"), "and Sundays?", "closed"),
    (("Do you do a full service?",), "how much is it?", "Full service: price $95"),
    (("How much is a full service?",), "how long does it take?", "Full service"),
    (("How much is it to hire a city bike?",), "and for a tandem?", "tandem"),
    (("How much is a full service?",), "and a puncture?", "Puncture repair"),
    (("What does the warranty cover?",), "what about chains?", "chains"),
]


@pytest.fixture(scope="module")
def vectors():
    return Vectors()


def answer(vectors: Vectors, message: str, earlier: tuple[str, ...] = ()) -> str:
    return compose(Prompt(message, SHOP, earlier, today="monday"), vectors.embed).text


@pytest.mark.parametrize(("question", "fact"), QUESTIONS)
def test_the_first_sentence_answers(vectors, question, fact):
    """The best sentence comes first, whether the words are shared with the passage or not."""
    assert fact in answer(vectors, question).split(" [")[0]


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_what_no_passage_says_is_not_answered(vectors, question):
    """Below the threshold there is one plain sentence, without a citation."""
    assert answer(vectors, question) == "I'm sorry, I don't have that information."


@pytest.mark.parametrize(("earlier", "question", "fact"), FOLLOW_UPS)
def test_a_follow_up_keeps_the_subject(vectors, earlier, question, fact):
    """What a follow-up adds decides, within the subject of the question before."""
    assert fact in answer(vectors, question, earlier).split(" [")[0]


@pytest.mark.parametrize(
    ("message", "start"), [("hello", "Hello!"), ("Thanks a lot!", "You're welcome!"), ("Good morning :)", "Hello!")]
)
def test_pleasantries_are_short(vectors, message, start):
    """A greeting or thanks is returned, and no passage is read out."""
    said = answer(vectors, message)
    assert said.startswith(start)
    assert "[" not in said


def test_fixed_sentences_follow_the_language_of_the_passages(vectors):
    """A Spanish knowledge base does not get an English apology."""
    passage = Passage("Abrimos de lunes a viernes de 9 a 18 horas. Los sábados cerramos a las 14 horas.", 1, "Horario")
    said = compose(Prompt("¿Quién ganó el mundial de fútbol?", (passage,)), vectors.embed).text
    assert said == "Lo siento, no tengo esa información."


def test_every_word_said_is_in_a_passage(vectors):
    """Answers are made of the passages' own words; only citation numbers are added."""
    known = set(words(" ".join(passage.text for passage in SHOP)))
    for question, _ in QUESTIONS:
        said = re.sub(r" \[\d+\]", "", answer(vectors, question))
        assert set(words(said)) <= known


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())

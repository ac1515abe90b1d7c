"""The assistant never says that it booked something: such a sentence is replaced, every other is left alone."""

import pytest

from shared.formatting.web import CitationBook, ReplyWriter
from shared.guards.booking_claim import INSTEAD, check

CLAIMS = (
    "I've booked you in for Friday at ten.",
    "I’ve booked you in for Friday at ten.",
    "I have booked your appointment.",
    "I have just scheduled your visit.",
    "I booked a slot for you.",
    "I've already reserved a place for you.",
    "I just confirmed your booking.",
    "I've successfully booked your appointment.",
    "I've gone ahead and booked you in.",
    "I have cancelled your appointment.",
    "I have canceled your appointment.",
    "I've moved your appointment to Tuesday.",
    "You're booked for Friday.",
    "You’re all booked for Friday.",
    "You are now scheduled for ten o'clock.",
    "Your appointment is confirmed.",
    "Your appointment has been booked for Friday at 10:00.",
    "Your appointment has been successfully booked.",
    "Your booking is now confirmed!",
    "YOUR SLOT IS RESERVED",
    "He reservado tu cita para el viernes.",
    "Hemos agendado su cita.",
    "Tu cita está confirmada.",
    "Tu cita ha sido reservada.",
    "Ich habe Ihren Termin für Freitag gebucht.",
    "Ich habe Ihren Termin storniert.",
    "Ihr Termin ist bestätigt.",
    "Ihr Termin wurde eingetragen.",
    "J'ai réservé votre rendez-vous.",
    "J’ai réservé votre rendez-vous.",
    "J'ai annulé votre rendez-vous.",
    "Votre rendez-vous est confirmé.",
    "Votre réservation a été confirmée.",
)
MARKED_UP = (
    "I have **booked** you in for Friday.",
    "Your appointment is **confirmed** for Friday.",
    "**Your appointment** is *confirmed*.",
    "I've <b>booked</b> you in.",
    "# Your appointment is confirmed",
    "- Your appointment is confirmed",
    "| Your appointment | is confirmed |",
    "> I have booked you in.",
    "Your appointment is\nconfirmed for Friday.",
    "I have&nbsp;booked you in.",
    "Your appointment [1] is confirmed.",
    "I have [booked](https://acme.example/book) you in.",
    "I have  booked you in.",
)
HARMLESS = (
    "I can't book appointments myself.",
    "I have not booked anything for you.",
    "I have no information about that.",
    "You can book an appointment online.",
    "Would you like to book an appointment?",
    "Please call to have your appointment confirmed.",
    "To confirm a booking, please call us.",
    "The team will gladly arrange it with you.",
    "The team will tell you once your appointment is confirmed.",
    "I can't see whether your appointment is confirmed.",
    "Every appointment is confirmed by e-mail.",
    "An appointment takes about 40 minutes.",
    "A visit costs 40 pounds.",
    "Saturday is fully booked.",
    "The workshop is booked out until June.",
    "The room is reserved for members.",
    "The reservation desk is open until six.",
    "Our mechanics have repaired bikes since 1998.",
    "Puede reservar su cita en línea.",
    "No puedo reservar citas.",
    "Sie können den Termin online buchen.",
    "Ich kann keine Termine buchen.",
    "Ihr Termin dauert 40 Minuten.",
    "Vous pouvez prendre rendez-vous en ligne.",
    "Je ne peux pas réserver de rendez-vous.",
)


@pytest.mark.parametrize("sentence", CLAIMS)
def test_a_claim_is_replaced_by_what_is_true(sentence):
    """Booked, confirmed, moved or cancelled, in English, Spanish, German and French, with either apostrophe."""
    assert check(sentence) == INSTEAD


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_harmless_sentence_passes_unchanged(sentence):
    """What visitors can do themselves, general facts and denials are no claims."""
    assert check(sentence) == sentence


@pytest.mark.parametrize("source", MARKED_UP)
def test_markup_does_not_smuggle_a_claim_past_the_guard(source):
    """The visitor sees words, not Markdown: the guard must see them too."""
    writer = ReplyWriter(CitationBook(()), (), (), check)
    writer.feed(source)
    writer.flush()
    writer.close()
    said = writer.reply.text.lower()
    assert "confirmed" not in said
    assert "booked" not in said


def test_the_replacement_is_no_claim_itself():
    """Checking twice changes nothing more."""
    assert check(INSTEAD) == INSTEAD

"""Who wants an appointment gets the booking link or a person; who talks about one gets an answer."""

import pytest

from shared.domain.text import clean
from shared.guards import appointment
from shared.guards.appointment import wants_appointment
from tests.unit.samples import CTA_TREE, a_message, a_tenant

REQUESTS = (
    "I'd like to book an appointment.",
    "I’d like to book",
    "Can I book a visit for Saturday?",
    "Can I make an appointment for Tuesday at ten?",
    "Book me in for Friday please.",
    "BOOK AN APPOINTMENT NOW",
    "Please schedule a consultation.",
    "I need an appointment as soon as possible.",
    "I want another appointment next week.",
    "I'd like to come in for an appointment.",
    "How do I book?",
    "Where can I book a repair?",
    "Can we arrange a visit?",
    "I'd like to reserve a slot on Monday.",
    "can i get a slot today",
    "Do you have any free slots tomorrow?",
    "Set up an appointment for my mother.",
    "Can I move my appointment to Thursday?",
    "Could you reschedule my appointment?",
    "I have to cancel my booking for tomorrow.",
    "My bike went flat, can I book a repair?",
    "I missed my appointment, can I reschedule it?",
    "Can I book an appointment after my shift on Friday?",
    "I want to cancel my appointment and get my deposit back.",
    "Quiero reservar una cita.",
    "Quiero una cita para mañana.",
    "Necesito una cita urgente.",
    "¿Puedo pedir cita para el lunes?",
    "¿Puedo cambiar la hora de mi cita?",
    "Necesito cancelar mi cita.",
    "Quiero anular mi cita.",
    "Me gustaría agendar una cita.",
    "Quisiera hacer una reserva para dos.",
    "Ich möchte einen Termin vereinbaren.",
    "Kann ich einen Termin für Montag buchen?",
    "Kann ich morgen einen Termin bekommen?",
    "Ich brauche einen Termin.",
    "Ich hätte gerne einen Termin am Freitag.",
    "Ich muss meinen Termin absagen.",
    "Ich will meinen Termin stornieren.",
    "Können wir den Termin verschieben?",
    "Je voudrais prendre rendez-vous.",
    "Je voudrais un rendez-vous lundi.",
    "Puis-je avoir un rendez-vous demain ?",
    "J'ai besoin d'un rdv.",
    "Je souhaite fixer un RDV.",
    "Je veux annuler ma réservation.",
    "Il faut que j'annule mon rendez-vous.",
    "Je dois reporter mon rendez-vous.",
    "Peut-on déplacer le rendez-vous à mardi ?",
)
OTHER = (
    "How did the appointment go?",
    "How was my son's appointment?",
    "My appointment went well, thank you!",
    "Thanks for the appointment yesterday.",
    "How much is an appointment?",
    "How long does an appointment take?",
    "What does a consultation cost?",
    "Is there a deposit for bookings?",
    "What's the cancellation policy for bookings?",
    "What happens at the first visit?",
    "Who will I see at my appointment?",
    "Do you send reminders before appointments?",
    "Where is my booking confirmation?",
    "I have an appointment tomorrow, where can I park?",
    "I have an appointment at three, what should I bring?",
    "Where do I park when I visit?",
    "Do you change tyres while I visit?",
    "Can I buy a book here?",
    "Can I return a book?",
    "Do you sell books about gardening?",
    "Is there a book shop near you?",
    "Book club: when does it meet?",
    "Can I get a slot car for my son?",
    "What are your opening hours?",
    "Are walk-ins welcome?",
    "Can I change my delivery address?",
    "I want to make a cake, do you sell flour?",
    "Do you cancel classes when it rains?",
    "Do you reserve the right to change prices?",
    "¿Cuánto cuesta una cita?",
    "¿Cuánto dura la cita?",
    "¿Qué tengo que llevar a la cita?",
    "Wie lange dauert ein Termin?",
    "Wie war der Termin?",
    "Was kostet ein Termin?",
    "Was muss ich zum Termin mitbringen?",
    "Combien coûte un rendez-vous ?",
    "Comment s'est passé le rendez-vous ?",
    "Que dois-je apporter au rendez-vous ?",
)
CONTACT = {"phone": "+44 1632 960000", "email": "hi@acme.example"}


@pytest.mark.parametrize("text", REQUESTS)
def test_a_wish_for_an_appointment_is_recognised(text):
    """To make, move or cancel one, in English, Spanish, German and French, however it is wrapped."""
    assert wants_appointment(clean(text))


@pytest.mark.parametrize("text", OTHER)
def test_talk_about_an_appointment_is_no_wish_for_one(text):
    """Its price, its length, how it went, and books of paper go to the model."""
    assert not wants_appointment(clean(text))


def test_with_a_booking_button_the_visitor_gets_that_button():
    """The words promise no booking, and the one call to action is the configured one."""
    tenant = a_tenant(cta_tree=CTA_TREE, appointment={"booking_cta": "lights"}, contact=CONTACT)
    settled = appointment.check(a_message(REQUESTS[0]), tenant)
    assert settled is not None
    assert settled.cta_ids == ("lights",)
    assert (settled.state, settled.intent.name) == ("scheduling", "appointment")
    assert "can't book it for you" in settled.text


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (CONTACT, "call +44 1632 960000 or write to hi@acme.example"),
        ({"phone": "12345"}, "call 12345."),
        ({"email": "a@b.example"}, "write to a@b.example."),
        ({}, "contact the team"),
    ],
)
def test_without_one_the_visitor_learns_how_to_reach_a_person(contact, said):
    """The ways are those the business has, and its phone and mail buttons come along."""
    settled = appointment.check(a_message(REQUESTS[0]), a_tenant(cta_tree=CTA_TREE, contact=contact))
    assert settled is not None
    assert said in settled.text
    assert settled.cta_ids == ("call",)


def test_the_owners_words_win_and_the_guard_can_be_switched_off():
    """A message of their own is said as it is; without the guard the model answers."""
    own = a_tenant(appointment={"message": "Walk in any time {name}!"})
    settled = appointment.check(a_message(REQUESTS[0]), own)
    assert settled is not None
    assert settled.text == "Walk in any time {name}!"
    assert appointment.check(a_message(REQUESTS[0]), a_tenant(appointment={"enabled": False})) is None

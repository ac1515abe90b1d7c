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
    "I can't make my appointment tomorrow.",
    "I won't be able to keep my booking.",
    "When is your next available appointment?",
    "Can you fit me in on Thursday?",
    "Any openings this week?",
    "Appointment please",
    "Is there a free slot on Monday?",
    "We'd like to book a table for two",
    "hi, I'd like an appointment on May 3rd",
    "Can I change the date of my appointment?",
    "I need to postpone our visit",
    "I have an appointment tomorrow and need to cancel my appointment",
    "No puedo ir a mi cita mañana, ¿la podemos cambiar?",
    "Tengo cita el lunes y quiero cambiar la hora",
    "¿Tienen citas disponibles esta semana?",
    "¿Cuál es la próxima cita disponible?",
    "Quería pedir hora para mañana",
    "¿Cómo reservo?",
    "Una cita para el martes, por favor",
    "¿Me podría dar un turno?",
    "Necesito aplazar la reserva",
    "¿Hay algún hueco el viernes?",
    "Wann ist der nächste freie Termin?",
    "Haben Sie am Freitag noch einen Termin frei?",
    "Ich schaffe meinen Termin morgen leider nicht",
    "Ich kann zum Termin leider nicht kommen",
    "Habt ihr nächste Woche etwas frei?",
    "Wie kann ich online buchen?",
    "Termin am Montag bitte",
    "Ich habe am Montag einen Termin und muss ihn verschieben",
    "Ich würde gerne eine Beratung vereinbaren",
    "Einen Termin für zwei Räder bitte",
    "Quand est le prochain rendez-vous disponible ?",
    "Avez-vous un créneau libre vendredi ?",
    "Je ne pourrai pas venir à mon rendez-vous",
    "Comment puis-je réserver ?",
    "Un rendez-vous pour mardi svp",
    "J'ai rendez-vous lundi mais je voudrais le décaler",
    "Je cherche un rendez-vous cette semaine",
    "Avez-vous de la place samedi ?",
    "Il faudrait changer mon rdv",
    "On voudrait réserver une table",
    "أريد حجز موعد",
    "أرغب في حجز موعد غداً",
    "هل يمكنني حجز موعد يوم السبت؟",
    "أحتاج موعد عاجل",
    "أريد تغيير موعدي",
    "أريد إلغاء الموعد",
    "ممكن تأجيل الموعد؟",
    "لا أستطيع الحضور إلى موعدي غداً",
    "كيف أحجز موعداً؟",
    "هل يوجد موعد متاح هذا الأسبوع؟",
    "بدي موعد بكرة",
    "عايز أحجز",
    "متى أقرب موعد؟",
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
    "Do I need an appointment?",
    "Do I have to book or can I just walk in?",
    "What time is my appointment on Friday?",
    "I already booked an appointment, where do I go?",
    "Who will do my consultation?",
    "Is my appointment confirmed?",
    "I left my scarf at my appointment yesterday",
    "Do you have any job openings?",
    "Can I visit your shop without buying?",
    "Should I pay before the appointment?",
    "I read your book and liked it",
    "After my appointment the brakes squeaked",
    "What happens if I miss my appointment?",
    "Is there a fee for late cancellations of appointments?",
    "Will I need my ID for the appointment?",
    "Tengo una cita mañana, ¿dónde aparco?",
    "¿Hace falta cita previa?",
    "¿Cómo fue la cita?",
    "¿A qué hora es mi cita?",
    "La cita fue muy bien",
    "¿Es obligatorio pedir cita?",
    "¿Cobráis por la cita?",
    "¿Qué documentos necesito para la cita?",
    "Ayer en la cita perdí mi gorra",
    "¿Cuál es vuestro horario de visitas?",
    "¿Vendéis libros?",
    "Gracias por la cita de ayer",
    "Ich habe morgen einen Termin, wo kann ich parken?",
    "Brauche ich einen Termin?",
    "Muss ich vorher einen Termin vereinbaren?",
    "Um wie viel Uhr ist mein Termin?",
    "Danke für den Termin gestern",
    "Ist mein Termin bestätigt?",
    "Kann ich auch ohne Termin kommen?",
    "Der Termin lief gut",
    "Was passiert beim Termin?",
    "Verkaufen Sie Bücher?",
    "Nach dem Termin quietschte die Bremse",
    "Wer ist beim Termin dabei?",
    "J'ai un rendez-vous demain, où me garer ?",
    "Faut-il prendre rendez-vous ?",
    "À quelle heure est mon rendez-vous ?",
    "Le rendez-vous s'est très bien passé",
    "Peut-on venir sans rendez-vous ?",
    "Mon rendez-vous est-il confirmé ?",
    "Merci pour le rendez-vous d'hier",
    "J'ai oublié mon écharpe au rendez-vous",
    "Combien de temps dure un rendez-vous ?",
    "Avec qui est mon rendez-vous ?",
    "Quel est le tarif d'une consultation ?",
    "Vous vendez des livres ?",
    "كم يستغرق الموعد؟",
    "كم تكلفة الموعد؟",
    "كيف كان الموعد؟",
    "عندي موعد غداً، أين أوقف سيارتي؟",
    "ما هي مواعيد العمل؟",
    "أريد معرفة مواعيد العمل",
    "هل الموعد ضروري؟",
    "متى موعدي؟",
    "شكراً على الموعد أمس",
    "نسيت نظارتي في الموعد",
    "كان الموعد ممتازاً",
    "ماذا أحضر إلى الموعد؟",
    "هل يمكن الحضور بدون موعد؟",
    "هل تم تأكيد موعدي؟",
    "ما هي مدة الموعد؟",
)
CONTACT = {"phone": "+44 1632 960000", "email": "hi@acme.example"}


@pytest.mark.parametrize("text", REQUESTS)
def test_a_wish_for_an_appointment_is_recognised(text):
    """To make, move or cancel one, in five languages, however it is wrapped."""
    assert wants_appointment(clean(text))


@pytest.mark.parametrize("text", OTHER)
def test_talk_about_an_appointment_is_no_wish_for_one(text):
    """Its price, its length, how it went, and books of paper go to the model."""
    assert not wants_appointment(clean(text))


def test_a_long_message_is_read_at_its_beginning_and_its_end():
    """Who tells a long story asks before it or after it."""
    story = "My bicycle is old and I like it. " * 100
    assert wants_appointment(f"{story} Can I book an appointment?")
    assert wants_appointment(f"Can I book an appointment? {story}")
    assert not wants_appointment(story)


def test_with_a_booking_button_the_visitor_gets_that_button():
    """The words promise no booking, and the one call to action is the configured one."""
    tenant = a_tenant(cta_tree=CTA_TREE, appointment={"booking_cta": "lights"}, contact=CONTACT)
    settled = appointment.check(a_message(REQUESTS[0]), tenant)
    assert settled is not None
    assert settled.cta_ids == ("lights",)
    assert settled.intent.name == "appointment"
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


@pytest.mark.parametrize(
    ("language", "linked", "reached"),
    [
        ("en", "can't book it for you", "call +44 1632 960000 or write to hi@acme.example"),
        ("es", "no puedo reservarla", "Llame al +44 1632 960000 o escriba a hi@acme.example"),
        ("de", "nicht für Sie buchen", "rufen Sie +44 1632 960000 an oder schreiben Sie an hi@acme.example"),
        ("fr", "ne peux pas le réserver", "Appelez le +44 1632 960000 ou écrivez à hi@acme.example"),
        ("ar", "لا أستطيع حجزه", "+44 1632 960000 أو الكتابة إلى hi@acme.example"),
        ("de-AT", "nicht für Sie buchen", "rufen Sie"),
    ],
)
def test_the_words_are_in_the_visitors_language(language, linked, reached):
    """Whatever language the request was in; a tag with a region is its language."""
    with_link = a_tenant(cta_tree=CTA_TREE, appointment={"booking_cta": "book"})
    without = a_tenant(contact=CONTACT)
    for tenant, said in ((with_link, linked), (without, reached)):
        settled = appointment.check(a_message(REQUESTS[0]), tenant, language)
        assert settled is not None
        assert said in settled.text
        assert "Acme" in settled.text


@pytest.mark.parametrize(("languages", "language", "said"), [
    (["de", "en"], "", "vereinbart Termine"), (["de"], "pt", "vereinbart Termine"),
    (["pt"], "it", "arranges appointments"),
])  # fmt: skip
def test_an_unknown_language_is_answered_in_the_businesss_first(languages, language, said):
    """And in English when we have no words in that one either."""
    settled = appointment.check(a_message(REQUESTS[0]), a_tenant(languages=languages), language)
    assert settled is not None
    assert said in settled.text


def test_who_has_to_call_learns_when_the_business_is_open():
    """Days with the same hours stand together, closed ones are left out; with a booking button nobody has to call."""
    office = [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "17:30"}]
    weekly = dict.fromkeys(("monday", "tuesday", "wednesday", "friday"), office)
    hours = {"weekly": {**weekly, "saturday": [{"open": "10:00", "close": "14:00"}]}}
    settled = appointment.check(a_message(REQUESTS[0]), a_tenant(contact=CONTACT, opening_hours=hours))
    assert settled is not None
    assert settled.text.endswith(
        "Opening hours: Mon-Wed 09:00-12:00 & 13:00-17:30, Fri 09:00-12:00 & 13:00-17:30, Sat 10:00-14:00."
    )
    german = appointment.check(a_message(REQUESTS[0]), a_tenant(opening_hours=hours), "de")
    assert german is not None
    assert "Öffnungszeiten: Mo-Mi 09:00" in german.text
    linked = a_tenant(cta_tree=CTA_TREE, appointment={"booking_cta": "book"}, opening_hours=hours)
    with_button = appointment.check(a_message(REQUESTS[0]), linked)
    assert with_button is not None
    assert "Opening hours" not in with_button.text


def test_the_owners_words_win_and_the_guard_can_be_switched_off():
    """A message of their own is said as it is; without the guard the model answers."""
    own = a_tenant(appointment={"message": "Walk in any time {name}!"})
    settled = appointment.check(a_message(REQUESTS[0]), own)
    assert settled is not None
    assert settled.text == "Walk in any time {name}!"
    assert appointment.check(a_message(REQUESTS[0]), a_tenant(appointment={"enabled": False})) is None

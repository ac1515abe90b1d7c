"""How visitors sound: anger and delight are heard, what a shop hears every day is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.understanding.sentiment import feel, frustrated, tone, trend
from tests.unit.properties import NORMAL, any_text

ANGRY = {
    "en": (
        "This is ridiculous, I want my money back", "You are a bunch of liars!", "What a complete waste of time",
        "This is the third time I call about this", "I am sick and tired of waiting!!!", "Worst service ever",
        "ARE YOU KIDDING ME", "Thanks for nothing, idiots", "Your support is absolutely useless and rude",
        "I'm furious, nobody answers the phone",
    ),
    "es": (
        "Esto es una estafa", "Sois unos sinvergüenzas", "¡Estoy harto de esperar!", "Una pérdida de tiempo total",
        "Qué vergüenza de servicio", "Es la tercera vez que llamo y nadie responde", "El peor servicio de mi vida",
        "Sois unos inútiles", "Esto es inaceptable",
    ),
    "de": (
        "Das ist eine absolute Frechheit!", "Ihr seid Betrüger", "So eine Zeitverschwendung",
        "Zum dritten Mal rufe ich jetzt an und niemand hilft", "Ich habe die Nase voll", "Das ist lächerlich",
        "Der schlechteste Service, den ich je erlebt habe", "Unverschämt!", "Was für ein Saftladen, nie wieder!",
    ),
    "fr": (
        "C'est inadmissible !", "Vous êtes des escrocs", "Quelle perte de temps", "J'en ai marre d'attendre",
        "C'est la troisième fois que j'appelle et personne ne répond", "Le pire service que j'ai vu", "C'est honteux",
        "Vous vous moquez du monde", "Service lamentable, plus jamais",
    ),
    "ar": (
        "هذا غير مقبول أبداً", "أنتم نصابين", "مضيعة للوقت", "أسوأ خدمة", "هذه مهزلة", "أنا غاضب جداً",
        "للمرة الثالثة أتصل ولا أحد يرد", "خدمة سخيفة ومقرفة", "كذابين وحرامية",
    ),
}  # fmt: skip
NEGATIVE = {
    "en": (
        "I'm disappointed with the repair", "The service was not good", "I am still waiting for a reply",
        "The man at the desk was quite rude", "I'm not happy with the result", "That was not helpful",
        "It was a bad experience", "The new saddle is awful", "this sucks",
    ),
    "es": (
        "Estoy decepcionado con la reparación", "No me gusta nada el resultado", "Todavía no me contestan",
        "El servicio fue malo", "No estoy satisfecho", "El vendedor fue muy grosero", "Fue una mala experiencia",
        "Tardasteis un mes, muy mal",
    ),
    "de": (
        "Ich bin enttäuscht von der Reparatur", "Das ist nicht gut", "Ich bin unzufrieden", "Das gefällt mir nicht",
        "Ich warte immer noch auf eine Antwort", "Der Mitarbeiter war unfreundlich",
        "Das war eine schlechte Erfahrung",
        "Das nervt",
    ),
    "fr": (
        "Je suis déçu de la réparation", "Ce n'est pas bien", "Je ne suis pas content", "Toujours pas de réponse",
        "Le vendeur était désagréable", "C'est une mauvaise expérience", "Je suis mécontente",
        "Ça m'énerve, c'est énervant",
    ),
    "ar": (
        "أنا محبط من الخدمة", "الخدمة سيئة", "لست سعيداً بالنتيجة", "لم يرد أحد على رسالتي", "ما زلت أنتظر الرد",
        "هذا غير مفيد", "تجربة سيئة", "مش عاجبني",
    ),
}  # fmt: skip
NEUTRAL = {
    "en": (
        "My bike is broken", "I have a problem with my brakes", "Is there a cheap one?",
        "I'm on sick leave until Monday",
        "How much is a service?", "BOOK AN APPOINTMENT NOW", "The chain makes a terrible noise",
        "What is the best lock?",
        "Is it any good?", "I need it today!!!", "Do you have nice helmets?", "My knee hurts after the crash",
        "I got the wrong size, can I exchange it?", "Good morning", "I'd like a new tyre",
    ),
    "es": (
        "Mi bici está rota", "Tengo un problema con los frenos", "¿Hay una más barata?",
        "Estoy de baja hasta el lunes",
        "¿Cuánto cuesta una revisión?", "La cadena hace un ruido horrible", "¿Cuál es el mejor candado?",
        "Buenos días", "Me gustaría una rueda nueva", "No funciona la luz", "¿A qué hora abrís?",
    ),
    "de": (
        "Mein Fahrrad ist kaputt", "Ich habe ein Problem mit den Bremsen", "Gibt es ein billigeres?",
        "Ich bin bis Montag krank", "Was kostet ein Service?", "Die Kette macht ein schreckliches Geräusch",
        "Welches Schloss ist das beste?", "Guten Morgen", "Ich hätte gern einen neuen Reifen",
        "Das Licht funktioniert nicht",
    ),
    "fr": (
        "Mon vélo est cassé", "J'ai un problème de freins", "Y en a-t-il un moins cher ?",
        "Je suis malade jusqu'à lundi",
        "Combien coûte un entretien ?", "La chaîne fait un bruit horrible", "Quel est le meilleur antivol ?",
        "Bonne journée",
        "J'aimerais un pneu neuf", "La lumière ne marche pas",
    ),
    "ar": (
        "دراجتي مكسورة", "عندي مشكلة في الفرامل", "هل يوجد أرخص؟", "أنا مريض حتى الاثنين", "كم سعر الصيانة؟",
        "ما هو أفضل قفل؟", "صباح الخير", "أريد إطاراً جديداً", "الضوء لا يعمل", "متى تفتحون؟",
    ),
}  # fmt: skip
POSITIVE = {
    "en": (
        "Great service, thank you!", "I love my new bike", "Not bad at all", "You guys are awesome",
        "Perfect, that helped",
        "I'm very happy with it 😊",
    ),
    "es": (
        "¡Excelente servicio, gracias!", "Me encanta mi bici nueva", "Muy contento con el trabajo", "Sois geniales",
        "Todo estupendo",
    ),
    "de": (
        "Toller Service, danke!", "Ich liebe mein neues Rad", "Ich bin sehr zufrieden", "Ihr seid super",
        "Das ist wunderbar",
    ),
    "fr": (
        "Excellent service, merci !", "J'adore mon nouveau vélo", "Je suis très content", "Vous êtes formidables",
        "C'est parfait",
    ),
    "ar": ("خدمة ممتازة شكراً", "أحب دراجتي الجديدة", "أنا سعيد جداً", "أنتم رائعون", "عمل جميل جداً"),
}  # fmt: skip


def _cases(table):
    return [(language, text) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), _cases(ANGRY))
def test_anger_is_heard(language, text):
    """Insults, ultimatums and outrage score -0.6 or less."""
    assert feel(text, language).label == "angry"


@pytest.mark.parametrize(("language", "text"), _cases(NEGATIVE))
def test_dissatisfaction_is_negative(language, text):
    """Disappointment and negated praise are below neutral; which of the two lower labels is a matter of degree."""
    assert feel(text, language).score <= -0.3


@pytest.mark.parametrize(("language", "text"), _cases(NEUTRAL))
def test_what_a_shop_hears_every_day_is_neutral(language, text):
    """Broken, cheap, ill, urgent, and asking for the best of something: requests, not moods."""
    assert feel(text, language).label == "neutral"


@pytest.mark.parametrize(("language", "text"), _cases(POSITIVE))
def test_praise_is_positive(language, text):
    """Delight and praise score 0.3 or more."""
    assert feel(text, language).label == "positive"


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("the staff were good", "the staff were not good"), ("el trato es bueno", "el trato no es bueno"),
        ("das ist gut", "das ist nicht gut"), ("c'est bon", "ce n'est pas bon"), ("الخدمة جيدة", "الخدمة ليست جيدة"),
    ],
)  # fmt: skip
def test_negation_turns_praise_around(plain, other):
    """What is above neutral comes below it."""
    assert feel(plain).score > 0 > feel(other).score


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("this is bad", "this is really bad"), ("you are rude", "YOU ARE VERY RUDE"),
        ("it is awful", "it is awful!!!"),
        ("a bit annoying", "annoying"), ("that is annoying", "that is annoying 😡"),
        ("das ist schlecht", "das ist sehr schlecht"),
        ("it was bad, but the staff were great", "the staff were great, but it was bad"),
    ],
)  # fmt: skip
def test_what_makes_it_stronger(less, more):
    """Intensifiers, capitals, exclamation marks, faces, and what stands after "but"."""
    assert feel(more).score < feel(less).score


def test_the_evidence_names_the_words_that_counted():
    """Whoever reads an inspection sees why; what weighs nothing is not named."""
    felt = feel("Good morning, this is ridiculous, what a waste of time 😡", "en")
    assert felt.evidence == ("ridiculous", "waste of time", "😡")


def test_a_language_without_words_still_has_signs():
    """Faces and capitals are read in any language; a word of a known one is not looked for."""
    assert feel("het fietsje is stuk 😡", "nl").label == "angry"
    assert feel("het is bad", "nl").score == 0


@pytest.mark.parametrize(
    ("moods", "expected"),
    [
        ((), "steady"), ((-1.0,), "steady"), ((0.0, 0.1), "steady"), ((0.0, -0.5), "worsening"),
        ((-0.5, 0.3), "improving"),
        ((0.2, 0.0, -0.5, -0.7), "worsening"), ((-0.7, -0.6, 0.0, 0.1), "improving"), ((-0.6, -0.6, -0.6), "steady"),
    ],
)  # fmt: skip
def test_the_trend_compares_the_last_turns_with_those_before(moods, expected):
    """A change of a quarter counts, smaller ones are noise."""
    assert trend(moods) == expected


@pytest.mark.parametrize(
    ("moods", "count"),
    [((), 0), ((-0.5,), 1), ((-0.5, 0.0), 0), ((-0.5, 0.0, -0.6), 1), ((-0.9, -0.4), 2), ((-0.39,), 0)],
)
def test_frustration_counts_the_last_turns_in_a_row(moods, count):
    """A better turn ends the row."""
    assert frustrated(moods) == count


def test_the_tone_is_asked_for_only_when_something_is_special():
    """Anger, dissatisfaction and a worsening mood each have their instruction; else there is none."""
    assert "upset" in tone(feel("this is ridiculous", "en"), "steady")
    assert "dissatisfied" in tone(feel("this is bad", "en"), "steady")
    assert "worse" in tone(feel("ok", "en"), "worsening")
    assert tone(feel("ok", "en"), "improving") == tone(feel("great", "en"), "worsening") == ""


@NORMAL
@given(any_text, st.sampled_from(["", "en", "es", "de", "fr", "ar", "xx"]))
def test_any_text_has_a_score_within_bounds(text, language):
    """No input raises, and the label always fits the score."""
    felt = feel(text, language)
    assert -1 <= felt.score <= 1
    assert (felt.label in ("angry", "negative")) == (felt.score <= -0.3)
    assert (felt.label == "positive") == (felt.score >= 0.3)

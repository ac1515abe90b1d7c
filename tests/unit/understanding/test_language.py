"""Which language a visitor writes: a clear sentence decides, a short one keeps what was spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.understanding.language import detect
from tests.unit.properties import NORMAL, any_text

FIVE = ("en", "es", "de", "fr", "ar")
SENTENCES = {
    "en": (
        "Do you repair electric bikes?", "I'd like to know what a new chain costs", "My front tyre is flat again",
        "what time do you open on saturday", "Could you tell me where you are?",
        "thanks for the quick answer yesterday",
        "is there parking nearby", "I was wondering if you sell children's helmets", "Nobody called me back",
        "hi, how much for a full service?", "I don't think this is right", "we are looking for two bikes",
    ),
    "es": (
        "¿Reparáis bicicletas eléctricas?", "Quisiera saber cuánto cuesta una cadena nueva",
        "Se me ha pinchado la rueda",
        "a que hora abren los sabados", "¿Dónde están ustedes?", "gracias por responder tan rapido ayer",
        "hay aparcamiento cerca", "Busco un casco para mi hija", "Nadie me ha llamado todavía",
        "me puedes ayudar por favor",
        "No creo que esto esté bien", "Estamos buscando dos bicicletas",
    ),
    "de": (
        "Reparieren Sie auch E-Bikes?", "Ich wüsste gern, was eine neue Kette kostet",
        "Mein Reifen ist schon wieder platt",
        "wann habt ihr samstags auf", "Wo finde ich euch?", "danke fur die schnelle antwort",
        "gibt es parkplatze in der nahe",
        "Ich suche einen Helm für meine Tochter", "Niemand hat mich zurückgerufen", "koennen sie mir bitte helfen",
        "Das stimmt so nicht", "Wir suchen zwei Räder",
    ),
    "fr": (
        "Réparez-vous les vélos électriques ?", "Je voudrais savoir combien coûte une chaîne neuve",
        "Mon pneu est encore crevé",
        "vous ouvrez a quelle heure le samedi", "Où est-ce que je peux vous trouver ?",
        "merci pour votre reponse rapide",
        "il y a un parking a cote", "Je cherche un casque pour ma fille", "Personne ne m'a rappelé",
        "c'est combien pour une revision",
        "Ce n'est pas correct", "Nous cherchons deux vélos",
    ),
    "ar": (
        "هل تصلحون الدراجات الكهربائية؟", "كم سعر السلسلة الجديدة", "أين أنتم؟", "شكرا على الرد",
        "متى تفتحون يوم السبت",
        "أبحث عن خوذة لابنتي", "هل iPhone مدعوم عندكم؟",
    ),
    "it": ("Quanto costa una catena nuova?", "Vorrei sapere quando siete aperti",
           "Cerco un casco per mia figlia, grazie"),
    "pt": ("Quanto custa uma corrente nova?", "Gostaria de saber quando vocês abrem",
           "Obrigado pela resposta, até amanhã"),
    "nl": ("Wat kost een nieuwe ketting?", "Ik zoek een helm voor mijn dochter", "Hoe laat gaan jullie open?"),
    "ru": ("Сколько стоит новая цепь?",), "uk": ("Скільки коштує їзда?",), "el": ("Πόσο κοστίζει;",),
    "he": ("כמה זה עולה?",),
    "zh": ("新链条多少钱？",), "ja": ("新しいチェーンはいくらですか",), "ko": ("새 체인은 얼마예요?",),
    "hi": ("नई चेन कितने की है?",),
    "th": ("ราคาเท่าไหร่",), "fa": ("قیمت زنجیر چقدر است؟ کجا هستید",), "ur": ("نئی چین کتنے کی ہے؟",),
}  # fmt: skip
CASES = [(language, text) for language, texts in SENTENCES.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), CASES)
def test_a_first_sentence_is_recognised(language, text):
    """Accents or none, whatever the business lists first."""
    assert detect(text, FIVE) == language
    assert detect(text, ("xx", *reversed(FIVE))) == language


@pytest.mark.parametrize(("language", "text"), CASES)
def test_a_clear_sentence_switches_at_once(language, text):
    """Also to a language that the business does not list."""
    spoken = "de" if language == "en" else "en"
    assert detect(text, (spoken,), spoken) == language


@pytest.mark.parametrize(
    "text",
    [
        "ok", "OK!", "", "42", "+49 170 1234567", "anna@example.com", "https://acme.example/de/der-die-das", "👍",
        "pizza",
        "Shimano XT", "...", "no", "merci", "gracias", "hallo", "super", "Anna Schmidt", "Muchas gracias", "normal",
        "iPhone 15 Pro Max", "α", "restaurant menu", "Jörg Müller, Große Straße 5", "Ana García López",
        "Françoise Lefèvre",
    ],
)  # fmt: skip
@pytest.mark.parametrize("current", ["en", "fr", "ja"])
def test_what_is_short_or_ambiguous_keeps_the_language_spoken(text, current):
    """A courtesy, a name, a number, an address is no change of language."""
    if (text, current) != ("merci", "fr"):
        assert detect(text, FIVE, current) == current


def test_without_a_language_spoken_the_browser_decides_then_the_business():
    """Locale first, also one that the business did not list; then the business's first language; then English."""
    assert detect("42", ("de", "en"), "", "fr-CH") == "fr"
    assert detect("42", ("de", "en"), "", "it_IT") == "it"
    assert detect("42", ("de-AT", "en")) == "de"
    assert detect("42", ("de", "en"), "", "not a tag") == "de"
    assert detect("42", ()) == "en"


@pytest.mark.parametrize(("text", "language"), [("hola", "es"), ("bonjour", "fr"), ("Danke!", "de"), ("مرحبا", "ar")])
def test_one_telling_word_is_enough_to_begin_with(text, language):
    """A visitor whose language is not known is greeted in the one they greet in, when the business speaks it."""
    assert detect(text, FIVE, "", "en-US") == language


def test_a_script_shared_by_languages_keeps_the_one_spoken():
    """Arabic letters without a Persian one stay Persian for a Persian speaker; Cyrillic likewise."""
    assert detect("سلام", FIVE, "fa") == "fa"
    assert detect("سلام", FIVE) == "ar"
    assert detect("Колко струва", ("bg", "en")) == "bg"


@pytest.mark.parametrize("title", ["I loved the film La Vie est Belle", "Is the Haus der Kunst open today?"])
def test_a_foreign_title_does_not_switch(title):
    """Some words of another language inside a sentence leave the sentence what it is."""
    assert detect(title, FIVE, "en") == "en"


@NORMAL
@given(any_text, st.lists(any_text, max_size=3), any_text, any_text)
def test_any_text_has_a_two_letter_language(text, allowed, current, locale):
    """No input raises, and the answer is always a code."""
    code = detect(text, allowed, current, locale)
    assert len(code) == 2
    assert code.isalpha()

"""The digest's words in five languages, as `domain/phrases.py` has the assistant's; other languages read English. Pure.

Numbers stand after a colon or in brackets, so that no sentence depends on how many there are.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.digest.advice import ADVICE
from shared.domain.phrases import base, is_spoken


class _Said(NamedTuple):
    """One sentence in every language."""

    en: str
    es: str
    de: str
    fr: str
    ar: str


_WORDS: Mapping[str, _Said] = {
    "subject": _Said(
        "{name}: your assistant's week {week}",
        "{name}: la semana {week} de su asistente",
        "{name}: die Woche {week} Ihres Assistenten",
        "{name} : la semaine {week} de votre assistant",
        "{name}: أسبوع مساعدكم {week}",
    ),
    "this_week": _Said("This week", "Esta semana", "Diese Woche", "Cette semaine", "هذا الأسبوع"),
    "week_before": _Said("Week before", "Semana anterior", "Woche davor", "Semaine d'avant", "الأسبوع السابق"),
    "change": _Said("Change", "Cambio", "Veränderung", "Évolution", "التغيّر"),
    "conversations": _Said("Conversations", "Conversaciones", "Gespräche", "Conversations", "المحادثات"),
    "resolved": _Said(
        "Resolved without a person",
        "Resueltas sin una persona",
        "Ohne Mitarbeiter gelöst",
        "Résolues sans intervention",
        "حُلّت دون تدخّل أحد",
    ),
    "leads": _Said("New leads", "Contactos nuevos", "Neue Kontakte", "Nouveaux contacts", "عملاء محتملون جدد"),
    "deals": _Said("Deals", "Oportunidades", "Geschäfte", "Affaires", "الصفقات"),
    "calls": _Said("Phone calls", "Llamadas", "Anrufe", "Appels", "المكالمات"),
    "gaps": _Said(
        "Questions without an answer",
        "Preguntas sin respuesta",
        "Fragen ohne Antwort",
        "Questions sans réponse",
        "أسئلة بلا جواب",
    ),
    "top_intents": _Said(
        "What people asked about",
        "Sobre qué preguntaron",
        "Wonach gefragt wurde",
        "Sujets des questions",
        "عمّ سأل الزوار",
    ),
    "gap_topics": _Said(
        "What it had no answer to",
        "A qué no supo responder",
        "Worauf es keine Antwort gab",
        "Sujets restés sans réponse",
        "ما لم يجد له جوابًا",
    ),
    "behind": _Said("Waiting for you", "Pendiente de usted", "Wartet auf Sie", "En attente de vous", "بانتظاركم"),
    "suggestion": _Said("One suggestion", "Una sugerencia", "Ein Vorschlag", "Une suggestion", "اقتراح واحد"),
    "cost": _Said("Cost", "Coste", "Kosten", "Coût", "التكلفة"),
    "summary_more": _Said(
        "Conversations: {n}, that is {percent} more than the week before.",
        "Conversaciones: {n}, es decir, {percent} más que la semana anterior.",
        "Gespräche: {n}, das sind {percent} mehr als in der Woche davor.",
        "Conversations : {n}, soit {percent} de plus que la semaine d'avant.",
        "المحادثات: {n}، أي أكثر بنسبة {percent} من الأسبوع السابق.",
    ),
    "summary_fewer": _Said(
        "Conversations: {n}, that is {percent} fewer than the week before.",
        "Conversaciones: {n}, es decir, {percent} menos que la semana anterior.",
        "Gespräche: {n}, das sind {percent} weniger als in der Woche davor.",
        "Conversations : {n}, soit {percent} de moins que la semaine d'avant.",
        "المحادثات: {n}، أي أقل بنسبة {percent} من الأسبوع السابق.",
    ),
    "summary_same": _Said(
        "Conversations: {n}, about as many as the week before.",
        "Conversaciones: {n}, casi como la semana anterior.",
        "Gespräche: {n}, etwa so viele wie in der Woche davor.",
        "Conversations : {n}, à peu près comme la semaine d'avant.",
        "المحادثات: {n}، أي كما في الأسبوع السابق تقريبًا.",
    ),
    "summary_first": _Said(
        "Conversations: {n}; there were none the week before.",
        "Conversaciones: {n}; la semana anterior no hubo ninguna.",
        "Gespräche: {n}; in der Woche davor gab es keine.",
        "Conversations : {n} ; il n'y en avait aucune la semaine d'avant.",
        "المحادثات: {n}، ولم تكن هناك أي محادثة في الأسبوع السابق.",
    ),
    "summary_none": _Said(
        "Nobody talked to the assistant this week.",
        "Esta semana nadie habló con el asistente.",
        "Diese Woche hat niemand mit dem Assistenten gesprochen.",
        "Personne n'a parlé à l'assistant cette semaine.",
        "لم يتحدث أحد إلى المساعد هذا الأسبوع.",
    ),
    "summary_leads": _Said(
        "New leads: {n} (the week before: {before}).",
        "Contactos nuevos: {n} (la semana anterior: {before}).",
        "Neue Kontakte: {n} (in der Woche davor: {before}).",
        "Nouveaux contacts : {n} (la semaine d'avant : {before}).",
        "عملاء محتملون جدد: {n} (في الأسبوع السابق: {before}).",
    ),
    "summary_gaps": _Said(
        "Questions without an answer: {n} (the week before: {before}).",
        "Preguntas sin respuesta: {n} (la semana anterior: {before}).",
        "Fragen ohne Antwort: {n} (in der Woche davor: {before}).",
        "Questions sans réponse : {n} (la semaine d'avant : {before}).",
        "أسئلة بلا جواب: {n} (في الأسبوع السابق: {before}).",
    ),
    "handoffs_open": _Said(
        "Calls for a person that nobody has taken: {n}",
        "Peticiones de hablar con una persona sin atender: {n}",
        "Bitten um einen Mitarbeiter, die noch niemand angenommen hat: {n}",
        "Demandes de parler à quelqu'un que personne n'a prises : {n}",
        "طلبات التحدث إلى شخص لم يستجب لها أحد: {n}",
    ),
    "crm_parked": _Said(
        "Entries that your CRM refused: {n}",
        "Entradas que su CRM rechazó: {n}",
        "Einträge, die Ihr CRM abgelehnt hat: {n}",
        "Éléments refusés par votre CRM : {n}",
        "سجلات رفضها نظام إدارة العملاء: {n}",
    ),
    "experiment": _Said(
        "Experiment with news: {id}",
        "Experimento con novedades: {id}",
        "Experiment mit Neuigkeiten: {id}",
        "Expérience avec du nouveau : {id}",
        "تجربة فيها جديد: {id}",
    ),
    "nothing_behind": _Said(
        "Nothing is waiting.", "No hay nada pendiente.", "Nichts steht aus.", "Rien n'est en attente.",
        "لا شيء بالانتظار.",
    ),
    "cost_line": _Said(
        "Models and speech, an estimate: {usd} (the week before: {before}).",
        "Modelos y voz, estimación: {usd} (la semana anterior: {before}).",
        "Modelle und Sprache, geschätzt: {usd} (in der Woche davor: {before}).",
        "Modèles et voix, estimation : {usd} (la semaine d'avant : {before}).",
        "النماذج والصوت، تقديرًا: {usd} (في الأسبوع السابق: {before}).",
    ),
    "budget_line": _Said(
        "Of the month's budget of {usd} used: {percent}.",
        "Del presupuesto mensual de {usd}, usado: {percent}.",
        "Vom Monatsbudget von {usd} verbraucht: {percent}.",
        "Du budget mensuel de {usd}, utilisé : {percent}.",
        "المستخدَم من ميزانية الشهر البالغة {usd}: {percent}.",
    ),
    "footer": _Said(
        "Monday to Sunday, on the clock of {zone}. Nobody is named in this letter.",
        "De lunes a domingo, en la hora de {zone}. Esta carta no nombra a nadie.",
        "Montag bis Sonntag, nach der Uhr von {zone}. Dieser Brief nennt niemanden.",
        "Du lundi au dimanche, à l'heure de {zone}. Cette lettre ne nomme personne.",
        "من الاثنين إلى الأحد بتوقيت {zone}. لا تذكر هذه الرسالة اسم أحد.",
    ),
    **{key: _Said(*said) for key, said in ADVICE.items()},
}  # fmt: skip
KEYS: tuple[str, ...] = tuple(_WORDS)
LANGUAGES: tuple[str, ...] = _Said._fields


def say(key: str, language: str, **values: object) -> str:
    """Return a sentence in a language of the five, else in English.

    Raises:
        KeyError: for a key that does not exist or a value the sentence needs and did not get.
    """
    said = _WORDS[key]
    text: str = getattr(said, spoken(language))
    return text.format(**values)


def spoken(language: str) -> str:
    """Return which of the five languages a tag such as `es-MX` is answered in."""
    return base(language) if is_spoken(language) else "en"

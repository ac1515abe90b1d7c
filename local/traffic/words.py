"""What is said in simulated conversations: made-up questions and answers by language. No visitor is anybody real."""

_QUESTIONS = {
    "en": "I have a question about {intent}: can you help me with {thing}?",
    "es": "Tengo una pregunta sobre {intent}: ¿me puede ayudar con {thing}?",
    "de": "Ich habe eine Frage zu {intent}: Können Sie mir bei {thing} helfen?",
    "fr": "J'ai une question sur {intent} : pouvez-vous m'aider pour {thing} ?",
    "ar": "لدي سؤال عن {intent}: هل يمكنكم مساعدتي في {thing}؟",
    "hi": "मेरा सवाल {intent} के बारे में है: क्या आप {thing} में मदद कर सकते हैं?",
}
_ANSWERS = {
    "en": "Of course. About {thing}: our page on {intent} has the details, and the team is glad to help.",
    "es": "Claro. Sobre {thing}: nuestra página de {intent} tiene los detalles y el equipo le ayuda con gusto.",
    "de": "Gern. Zu {thing}: Unsere Seite über {intent} hat die Einzelheiten, und das Team hilft gern weiter.",
    "fr": "Bien sûr. Pour {thing} : notre page sur {intent} donne les détails, et l'équipe vous aide volontiers.",
    "ar": "بالطبع. بخصوص {thing}: صفحتنا عن {intent} فيها التفاصيل، والفريق يسعده أن يساعدكم.",
    "hi": "ज़रूर। {thing} के बारे में: {intent} का पन्ना देखें, और टीम मदद करेगी।",
}
_UNKNOWN = "I am sorry, I do not know that. Shall the team get back to you?"


def question(language: str, intent: str, thing: str) -> str:
    """Return what the visitor says."""
    return _QUESTIONS.get(language, _QUESTIONS["en"]).format(intent=intent.replace("_", " "), thing=thing.strip("/"))


def answer(language: str, intent: str, thing: str, *, known: bool) -> str:
    """Return what the assistant says."""
    if not known:
        return _UNKNOWN
    return _ANSWERS.get(language, _ANSWERS["en"]).format(intent=intent.replace("_", " "), thing=thing.strip("/"))

"""The few sentences that are not taken from passages, in the passages' language. Pure."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """Fixed sentences of one language; `only` takes the business's name, `ask` what is asked for."""

    unknown: str
    hello: str
    thanks: str
    only: str
    ask: str
    this_business: str


_ENGLISH = Phrases(
    "I'm sorry, I don't have that information.",
    "Hello! How can I help you?",
    "You're welcome! Is there anything else I can help you with?",
    "I can only help with questions about {name}.",
    "Could you tell me your {names}, please?",
    "this business",
)
_OTHERS = {
    "es": Phrases(
        "Lo siento, no tengo esa información.",
        "¡Hola! ¿En qué puedo ayudarle?",
        "¡De nada! ¿Puedo ayudarle en algo más?",
        "Solo puedo ayudar con preguntas sobre {name}.",
        "¿Podría decirme su {names}, por favor?",
        "esta empresa",
    ),
    "fr": Phrases(
        "Je suis désolé, je n'ai pas cette information.",
        "Bonjour ! Comment puis-je vous aider ?",
        "Je vous en prie ! Puis-je vous aider pour autre chose ?",
        "Je peux seulement répondre aux questions sur {name}.",
        "Pourriez-vous me donner votre {names}, s'il vous plaît ?",
        "cette entreprise",
    ),
    "de": Phrases(
        "Es tut mir leid, dazu habe ich keine Information.",
        "Hallo! Wie kann ich Ihnen helfen?",
        "Gern geschehen! Kann ich sonst noch helfen?",
        "Ich kann nur bei Fragen zu {name} helfen.",
        "Können Sie mir bitte noch Folgendes sagen: {names}?",
        "diesem Unternehmen",
    ),
    "it": Phrases(
        "Mi dispiace, non ho questa informazione.",
        "Buongiorno! Come posso aiutarla?",
        "Prego! Posso aiutarla in altro?",
        "Posso aiutare solo con domande su {name}.",
        "Potrebbe dirmi il suo {names}, per favore?",
        "questa attività",
    ),
    "nl": Phrases(
        "Sorry, die informatie heb ik niet.",
        "Hallo! Waarmee kan ik u helpen?",
        "Graag gedaan! Kan ik nog ergens mee helpen?",
        "Ik kan alleen helpen met vragen over {name}.",
        "Kunt u mij uw {names} geven, alstublieft?",
        "dit bedrijf",
    ),
}
# How a question for missing details begins, in any language.
ASK_STARTS = tuple(item.ask.partition("{")[0] for item in (_ENGLISH, *_OTHERS.values()))

_COMMON = {
    "en": "the and of to is are we you our your with for on at by from this that have be can",
    "es": "el la los las de y en es para con su por una un nuestro nuestra que lo se al del",
    "fr": "le la les des et est nous vous notre votre pour avec une un dans sur du au aux que",
    "de": "der die das und ist wir sie unser unsere mit für ein eine auf von zu den dem im bei",
    "it": "il lo la gli le di e è per con una un nostro nostra del della che si al nel",
    "nl": "de het een en van is wij u onze uw met voor op bij naar te dat zijn aan ook",
}


def language_of(text: str) -> str:
    """The language whose little words are most frequent in `text`: 'en' when unsure, or a key of ours."""
    words = re.findall(r"\w+", text.lower())
    counts = {code: sum(map(frozenset(common.split()).__contains__, words)) for code, common in _COMMON.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["en"] else "en"


def phrases_in(language: str) -> Phrases:
    """The sentences of a language."""
    return _OTHERS.get(language, _ENGLISH)

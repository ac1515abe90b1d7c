"""The assistant's fixed sentences in the five languages it is fluent in, other languages hear English. Pure.

The visitor is addressed formally where a language distinguishes (usted, Sie, vous, the plural in Arabic). Values of
unknown grammar, such as a field's label, stand in quotes or after a colon: no sentence depends on their gender or case.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.domain.phone_phrases import PHONE_PHRASES


class _Said(NamedTuple):
    """One sentence in every language."""

    en: str
    es: str
    de: str
    fr: str
    ar: str


LANGUAGES: tuple[str, ...] = _Said._fields

_PHRASES: Mapping[str, _Said] = {
    # Asking for a detail.
    "ask_name": _Said(
        "May I ask your name?",
        "¿Me podría decir su nombre?",
        "Darf ich Sie nach Ihrem Namen fragen?",
        "Puis-je vous demander votre nom ?",
        "هل لي أن أعرف اسمكم الكريم؟",
    ),
    "ask_email": _Said(
        "What is the best e-mail address to reach you?",
        "¿En qué dirección de correo electrónico podemos contactarle?",
        "Unter welcher E-Mail-Adresse erreichen wir Sie am besten?",
        "À quelle adresse e-mail pouvons-nous vous joindre ?",
        "ما عنوان البريد الإلكتروني الأنسب للتواصل معكم؟",
    ),
    "ask_phone": _Said(
        "What is the best phone number to reach you?",
        "¿En qué número de teléfono podemos llamarle?",
        "Unter welcher Telefonnummer erreichen wir Sie am besten?",
        "À quel numéro de téléphone pouvons-nous vous joindre ?",
        "ما رقم الهاتف الأنسب للتواصل معكم؟",
    ),
    "ask_field": _Said(
        "May I ask one thing: what shall I note for “{label}”?",
        "Permítame una pregunta: ¿qué anoto en «{label}»?",
        "Darf ich etwas fragen: Was soll ich bei „{label}“ notieren?",
        "Puis-je vous poser une question : que dois-je noter pour « {label} » ?",
        "اسمحوا لي بسؤال: ماذا أسجّل في خانة «{label}»؟",
    ),
    "ask_choice": _Said(
        "May I ask one thing: what shall I note for “{label}” ({choices})?",
        "Permítame una pregunta: ¿qué anoto en «{label}» ({choices})?",
        "Darf ich etwas fragen: Was soll ich bei „{label}“ notieren ({choices})?",
        "Puis-je vous poser une question : que dois-je noter pour « {label} » ({choices}) ?",
        "اسمحوا لي بسؤال: ماذا أسجّل في خانة «{label}» ({choices})؟",
    ),
    "ask_again": _Said(
        "{reason} Could you give it to me once more ({label})?",
        "{reason} ¿Me lo podría indicar de nuevo ({label})?",
        "{reason} Könnten Sie es mir noch einmal nennen ({label})?",
        "{reason} Pourriez-vous me l'indiquer à nouveau ({label}) ?",
        "{reason} هل يمكنكم كتابته مرة أخرى ({label})؟",
    ),
    "label_name": _Said("name", "nombre", "Name", "nom", "الاسم"),
    "label_email": _Said("e-mail", "correo electrónico", "E-Mail", "e-mail", "البريد الإلكتروني"),
    "label_phone": _Said("phone", "teléfono", "Telefon", "téléphone", "الهاتف"),
    # Why an answer could not be taken.
    "reason_email_syntax": _Said(
        "I'm afraid that does not look like a complete e-mail address.",
        "Me temo que esa dirección de correo no parece completa.",
        "Das scheint leider keine vollständige E-Mail-Adresse zu sein.",
        "Cette adresse e-mail ne semble malheureusement pas complète.",
        "يبدو أن عنوان البريد الإلكتروني غير مكتمل.",
    ),
    "reason_email_domain": _Said(
        "I'm afraid the part after the @ does not seem to be right.",
        "Me temo que la parte después de la @ no parece correcta.",
        "Der Teil nach dem @ scheint leider nicht zu stimmen.",
        "La partie après le @ ne semble malheureusement pas correcte.",
        "يبدو أن الجزء الذي يلي علامة @ غير صحيح.",
    ),
    "reason_phone_too_short": _Said(
        "I'm afraid that phone number seems to be too short.",
        "Me temo que ese número de teléfono parece demasiado corto.",
        "Diese Telefonnummer scheint leider zu kurz zu sein.",
        "Ce numéro de téléphone semble malheureusement trop court.",
        "يبدو أن رقم الهاتف أقصر من اللازم.",
    ),
    "reason_phone_too_long": _Said(
        "I'm afraid that phone number seems to be too long.",
        "Me temo que ese número de teléfono parece demasiado largo.",
        "Diese Telefonnummer scheint leider zu lang zu sein.",
        "Ce numéro de téléphone semble malheureusement trop long.",
        "يبدو أن رقم الهاتف أطول من اللازم.",
    ),
    "reason_phone_invalid": _Said(
        "I'm afraid that does not seem to be a valid phone number.",
        "Me temo que ese número de teléfono no parece válido.",
        "Das scheint leider keine gültige Telefonnummer zu sein.",
        "Ce numéro de téléphone ne semble malheureusement pas valide.",
        "يبدو أن رقم الهاتف غير صالح.",
    ),
    "reason_name_invalid": _Said(
        "I'm sorry, I could not make out the name.",
        "Disculpe, no he podido entender el nombre.",
        "Entschuldigung, den Namen habe ich nicht verstanden.",
        "Excusez-moi, je n'ai pas bien compris le nom.",
        "عذرًا، لم أتمكن من قراءة الاسم.",
    ),
    "reason_number_range": _Said(
        "I'm afraid I can only note a number in this range: {range}.",
        "Me temo que solo puedo anotar un número dentro de este rango: {range}.",
        "Ich kann leider nur eine Zahl in diesem Bereich notieren: {range}.",
        "Je ne peux malheureusement noter qu'un nombre dans cet intervalle : {range}.",
        "عذرًا، يمكنني تسجيل رقم ضمن هذا النطاق فقط: {range}.",
    ),
    "reason_number_invalid": _Said(
        "I'm sorry, I need a number here.",
        "Disculpe, aquí necesito un número.",
        "Entschuldigung, hier brauche ich eine Zahl.",
        "Excusez-moi, il me faut ici un nombre.",
        "عذرًا، أحتاج هنا إلى رقم.",
    ),
    "reason_date_invalid": _Said(
        "I'm sorry, I could not read that as a date.",
        "Disculpe, no he podido reconocer la fecha.",
        "Entschuldigung, das konnte ich nicht als Datum lesen.",
        "Excusez-moi, je n'ai pas reconnu de date.",
        "عذرًا، لم أتمكن من قراءة التاريخ.",
    ),
    "reason_choice_unknown": _Said(
        "I'm afraid I can only note one of these: {choices}.",
        "Me temo que solo puedo anotar una de estas opciones: {choices}.",
        "Ich kann leider nur eine dieser Möglichkeiten notieren: {choices}.",
        "Je ne peux malheureusement noter que l'une de ces possibilités : {choices}.",
        "عذرًا، يمكنني تسجيل أحد هذه الخيارات فقط: {choices}.",
    ),
    "reason_choice_ambiguous": _Said(
        "I'm sorry, I am not sure which of these you mean: {choices}.",
        "Disculpe, no sé con certeza a cuál de estas opciones se refiere: {choices}.",
        "Entschuldigung, ich bin nicht sicher, welche dieser Möglichkeiten Sie meinen: {choices}.",
        "Excusez-moi, je ne sais pas laquelle de ces possibilités vous souhaitez : {choices}.",
        "عذرًا، لست متأكدًا أيّ هذه الخيارات تقصدون: {choices}.",
    ),
    "reason_yes_no_unknown": _Said(
        "I'm sorry, I need a yes or a no here.",
        "Disculpe, aquí necesito un sí o un no.",
        "Entschuldigung, hier brauche ich ein Ja oder ein Nein.",
        "Excusez-moi, il me faut ici un oui ou un non.",
        "عذرًا، أحتاج هنا إلى نعم أو لا.",
    ),
    "reason_text_too_long": _Said(
        "I'm sorry, that is more than I can note here.",
        "Disculpe, es más de lo que puedo anotar aquí.",
        "Entschuldigung, das ist mehr, als ich hier notieren kann.",
        "Excusez-moi, c'est plus que ce que je peux noter ici.",
        "عذرًا، هذا أطول مما يمكنني تسجيله هنا.",
    ),
    "reason_text_invalid": _Said(
        "I'm sorry, I could not make that out.",
        "Disculpe, no lo he podido entender.",
        "Entschuldigung, das habe ich nicht verstanden.",
        "Excusez-moi, je n'ai pas bien compris.",
        "عذرًا، لم أتمكن من فهم ذلك.",
    ),
    # What became of an answer.
    "noted": _Said(
        "Thank you, I have noted {values}.",
        "Gracias, he anotado {values}.",
        "Vielen Dank, ich habe {values} notiert.",
        "Merci, j'ai bien noté {values}.",
        "شكرًا لكم، لقد سجّلت {values}.",
    ),
    "corrected": _Said(
        "I have changed your {label} to {value}.",
        "He cambiado «{label}» a {value}.",
        "Ich habe „{label}“ in {value} geändert.",
        "J'ai remplacé « {label} » par {value}.",
        "لقد غيّرت «{label}» إلى {value}.",
    ),
    "given_up": _Said(
        "No problem, we can go on without it.",
        "No hay problema, podemos continuar sin ese dato.",
        "Kein Problem, es geht auch ohne diese Angabe.",
        "Aucun problème, nous pouvons continuer sans cette information.",
        "لا بأس، يمكننا المتابعة من دون ذلك.",
    ),
    "anything_else": _Said(
        "Is there anything else I can help you with?",
        "¿Hay algo más en lo que pueda ayudarle?",
        "Kann ich sonst noch etwas für Sie tun?",
        "Puis-je vous aider pour autre chose ?",
        "هل هناك شيء آخر يمكنني مساعدتكم فيه؟",
    ),
    # A person of the business.
    "handoff_offer": _Said(
        "Would you like me to pass you on to a person?",
        "¿Desea que le pase con una persona de nuestro equipo?",
        "Möchten Sie, dass ich Sie an einen Menschen weitergebe?",
        "Souhaitez-vous que je vous mette en relation avec une personne de notre équipe ?",
        "هل ترغبون في أن أحيلكم إلى أحد أعضاء الفريق؟",
    ),
    "handoff_now": _Said(
        "I am passing you on to a member of the team ({name}). They will get back to you here or by the "
        "contact you gave.",
        "Le paso con una persona del equipo ({name}). Le responderá aquí o por el medio de contacto que nos haya dado.",
        "Ich gebe Sie an ein Mitglied des Teams weiter ({name}). Sie bekommen hier oder über Ihre "
        "Kontaktdaten Antwort.",
        "Je vous mets en relation avec une personne de l'équipe ({name}). Elle vous répondra ici ou à "
        "l'adresse indiquée.",
        "سأحيلكم إلى أحد أعضاء الفريق ({name})، وسيردّ عليكم هنا أو عبر وسيلة الاتصال التي زوّدتمونا بها.",
    ),
    "handoff_closed": _Said(
        "The team ({name}) is out of the office at the moment. I have passed your request on; they will get "
        "back to you when they are open again.",
        "El equipo ({name}) está fuera de su horario en este momento. He transmitido su solicitud y le "
        "responderá cuando vuelva a abrir.",
        "Das Team ({name}) ist im Moment nicht im Haus. Ich habe Ihr Anliegen weitergegeben; es meldet sich, sobald "
        "wieder geöffnet ist.",
        "L'équipe ({name}) est absente en ce moment. J'ai transmis votre demande ; elle vous répondra dès la "
        "réouverture.",
        "الفريق ({name}) خارج أوقات العمل حاليًا. لقد نقلت طلبكم، وسيردّ عليكم عند استئناف العمل.",
    ),
    "with_person": _Said(
        "A member of the team is answering now.",
        "Ahora le atiende una persona del equipo.",
        "Jetzt antwortet Ihnen ein Mitglied des Teams.",
        "Une personne de l'équipe vous répond maintenant.",
        "يجيبكم الآن أحد أعضاء الفريق.",
    ),
    "person_left": _Said(
        "The member of the team has left the conversation. I am happy to help you again.",
        "La persona del equipo ha salido de la conversación. Con gusto le ayudo de nuevo.",
        "Das Mitglied des Teams hat das Gespräch verlassen. Ich helfe Ihnen gern wieder weiter.",
        "La personne de l'équipe a quitté la conversation. Je suis de nouveau à votre disposition.",
        "غادر عضو الفريق المحادثة، ويسعدني أن أساعدكم من جديد.",
    ),
    "returned_to_bot": _Said(
        "I'm sorry, nobody of the team could answer yet. Meanwhile I am here for you again.",
        "Lo siento, nadie del equipo ha podido responder todavía. Mientras tanto, le atiendo yo de nuevo.",
        "Es tut mir leid, aus dem Team konnte noch niemand antworten. Bis dahin bin ich wieder für Sie da.",
        "Je suis désolé, personne de l'équipe n'a encore pu répondre. En attendant, je suis de nouveau là pour vous.",
        "أعتذر، لم يتمكن أحد من الفريق من الرد بعد. أنا هنا لمساعدتكم في هذه الأثناء.",
    ),
    # When there is no answer.
    "apology": _Said(
        "Sorry, I can't answer right now. Please try again in a moment.",
        "Lo siento, ahora mismo no puedo responder. Por favor, inténtelo de nuevo en un momento.",
        "Entschuldigung, ich kann gerade nicht antworten. Bitte versuchen Sie es gleich noch einmal.",
        "Désolé, je ne peux pas répondre pour le moment. Veuillez réessayer dans un instant.",
        "عذرًا، لا يمكنني الرد الآن. يُرجى المحاولة مرة أخرى بعد قليل.",
    ),
    "apology_phone": _Said(
        "Sorry, I can't answer right now. You can call {name} on {phone}.",
        "Lo siento, ahora mismo no puedo responder. Puede llamar a {name} al {phone}.",
        "Entschuldigung, ich kann gerade nicht antworten. Sie erreichen {name} unter {phone}.",
        "Désolé, je ne peux pas répondre pour le moment. Vous pouvez appeler {name} au {phone}.",
        "عذرًا، لا يمكنني الرد الآن. يمكنكم الاتصال بـ {name} على الرقم {phone}.",
    ),
    "contact_at": _Said(
        "I can't answer that here at the moment. You can reach {name} directly: {where}.",
        "Ahora mismo no puedo responder a eso aquí. Puede contactar directamente con {name}: {where}.",
        "Das kann ich hier im Moment nicht beantworten. Sie erreichen {name} direkt: {where}.",
        "Je ne peux pas répondre à cela ici pour le moment. Vous pouvez joindre {name} directement : {where}.",
        "لا يمكنني الإجابة عن ذلك هنا الآن. يمكنكم التواصل مع {name} مباشرة: {where}.",
    ),
    "contact_us": _Said(
        "I can't answer that here at the moment. Please contact {name} directly.",
        "Ahora mismo no puedo responder a eso aquí. Por favor, contacte directamente con {name}.",
        "Das kann ich hier im Moment nicht beantworten. Bitte wenden Sie sich direkt an {name}.",
        "Je ne peux pas répondre à cela ici pour le moment. Veuillez contacter {name} directement.",
        "لا يمكنني الإجابة عن ذلك هنا الآن. يُرجى التواصل مع {name} مباشرة.",
    ),
    "cut_short": _Said(
        "Sorry, I was interrupted. Please ask me again.",
        "Lo siento, me he interrumpido. Por favor, pregúnteme de nuevo.",
        "Entschuldigung, ich wurde unterbrochen. Bitte fragen Sie mich noch einmal.",
        "Désolé, j'ai été interrompu. Veuillez me poser la question à nouveau.",
        "عذرًا، انقطع ردّي. يُرجى طرح السؤال مرة أخرى.",
    ),
    "stopped": _Said(
        "I can't say more about that.",
        "No puedo decir más al respecto.",
        "Mehr kann ich dazu nicht sagen.",
        "Je ne peux pas en dire plus à ce sujet.",
        "لا يمكنني قول المزيد حول ذلك.",
    ),
    "declined": _Said(
        "I'm sorry, I can't help with that. Is there something else about {name} you would like to know?",
        "Lo siento, no puedo ayudarle con eso. ¿Hay algo más que desee saber sobre {name}?",
        "Es tut mir leid, dabei kann ich nicht helfen. Möchten Sie etwas anderes über {name} wissen?",
        "Je suis désolé, je ne peux pas vous aider sur ce point. Souhaitez-vous savoir autre chose au sujet "
        "de {name} ?",
        "عذرًا، لا يمكنني المساعدة في ذلك. هل تودّون معرفة شيء آخر عن {name}؟",
    ),
    **{key: _Said(*said) for key, said in PHONE_PHRASES.items()},
}
KEYS: tuple[str, ...] = tuple(_PHRASES)


def say(key: str, language: str, **values: object) -> str:
    """Return a sentence in the language of a tag such as `es` or `es-MX`, in English when it is none of the five.

    Raises:
        KeyError: for a key that does not exist or a value the sentence needs and did not get.
    """
    said = _PHRASES[key]
    text: str = getattr(said, base(language)) if is_spoken(language) else said.en
    return text.format(**values)


def base(language: str) -> str:
    """Return the language of a tag, without its region: `pt` for `pt-BR`."""
    return language.replace("_", "-").split("-", 1)[0].lower()


def is_spoken(language: str) -> bool:
    """Say whether the fixed sentences exist in the language."""
    return base(language) in LANGUAGES

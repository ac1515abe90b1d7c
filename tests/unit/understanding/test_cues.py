"""What a message does where set words leave no doubt: each cue with what sounds like it and is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.understanding import cues
from tests.unit.properties import NORMAL, any_text

PERSON = (
    "I want to talk to a human", "agent please", "Real person please", "can someone call me?",
    "Can I speak to a manager?",
    "I'd like to speak with someone from your team", "put me through to customer service",
    "Let me talk to a real person",
    "Please call me back", "is there a human I can talk to?", "I don't want to talk to a bot", "representative",
    "could you give me a call tomorrow", "I need to speak to your boss", "human",
    "Could somebody phone me this afternoon?",
    "stop, I want a real human", "transfer me to an agent", "I would like a call back", "Can I talk to a mechanic?",
    "Quiero hablar con una persona", "agente por favor", "¿Puedo hablar con alguien?", "¿Me podéis llamar?",
    "Quiero que me llame alguien", "Necesito hablar con un humano", "pásame con un asesor", "llámame por favor",
    "No quiero hablar con un robot", "persona real", "Póngame con el encargado",
    "me gustaría hablar con atención al cliente",
    "Ich möchte mit einem Menschen sprechen", "Kann mich jemand anrufen?", "Mit einem Mitarbeiter sprechen bitte",
    "echter Mensch bitte", "Bitte rufen Sie mich zurück", "Ich will mit jemandem reden", "Mensch bitte",
    "Ich hätte gerne einen Rückruf", "Kann ich mit dem Chef sprechen?", "Ich will nicht mit einem Bot reden",
    "Verbinden Sie mich bitte mit dem Kundenservice", "Können Sie mich morgen zurückrufen?",
    "Je veux parler à un humain", "un conseiller s'il vous plaît", "Est-ce que quelqu'un peut m'appeler ?",
    "Rappelez-moi svp",
    "Je voudrais parler à une vraie personne", "Puis-je parler à un responsable ?", "passez-moi quelqu'un",
    "Pouvez-vous me rappeler demain ?", "Je ne veux pas parler à un robot", "parler avec le service client",
    "أريد التحدث مع شخص حقيقي", "ممكن أكلم موظف؟", "هل يمكن لأحد أن يتصل بي؟", "حولني إلى موظف", "اتصلوا بي من فضلكم",
    "بدي احكي مع احد", "أريد أن أتحدث إلى إنسان", "موظف من فضلك", "عاوز أكلم خدمة العملاء",
)  # fmt: skip
NO_PERSON = (
    "The person who fitted my bike was great", "How many people fit in the workshop?",
    "Is this for personal use only?",
    "Is a person there to help with fitting on Saturday?", "Are you a real person?", "Is this a bot or a human?",
    "per person price",
    "What did I speak about with Tom?", "I don't need to talk to a person, just tell me the price",
    "Do you call before delivery?",
    "My insurance agent sent me", "Can my app talk to a Garmin?", "Call me John", "I spoke to someone yesterday",
    "someone stole my bike", "Can you call it a warranty case?", "Who is the owner?", "human-powered vehicles",
    "don't call me",
    "How many staff do you have?", "Could you give me a discount?", "Do you have a call button?",
    "I want to phone you", "Call me old-fashioned",
    "I like to call it a day", "Ayer hablé con un mecánico", "Tras hablar con un empleado lo compré",
    "J'ai parlé à quelqu'un hier",
    "Können Sie telefonisch Bestellungen annehmen?", "Gestern habe ich mit einem Mitarbeiter gesprochen",
    "تحدثت مع موظف أمس", "Can someone with a bad knee ride this?", "Do you have a customer service number?",
    "La persona que arregló mi bici", "¿Cuántas personas trabajan ahí?", "uso personal",
    "¿Eres un robot o una persona?",
    "¿Cómo se llama el modelo?", "No hace falta que me llamen", "¿Alguien ha encontrado mi casco?", "me llamo Ana",
    "Die Person, die mein Rad repariert hat", "Wie viele Personen passen rein?", "persönliche Beratung?",
    "Sind Sie ein Mensch?",
    "Wie heißt der Mitarbeiter?", "Bitte nicht anrufen", "Jemand hat mein Rad gestohlen",
    "Ich habe gestern angerufen",
    "La personne qui a réparé mon vélo", "Combien de personnes ?", "usage personnel", "Êtes-vous un robot ?",
    "Quelqu'un a volé mon vélo", "Comment s'appelle ce modèle ?", "Je m'appelle Luc", "Ne m'appelez pas",
    "الشخص الذي أصلح دراجتي", "كم شخص يعمل عندكم؟", "استخدام شخصي", "هل أنت روبوت؟", "اسمي أحمد",
)  # fmt: skip
GREETS = (
    "hi", "Hello!", "Hey there", "Good morning", "hello, how are you?", "Hi team", "HELLO", "Hi 👋",
    "good evening everyone",
    "¡Hola!", "Buenos días", "hola, ¿qué tal?", "Guten Tag", "Hallo zusammen", "Moin", "Bonjour !", "Salut, ça va ?",
    "مرحبا", "السلام عليكم ورحمة الله", "صباح الخير", "Hello, anyone there?",
)  # fmt: skip
NO_GREETING = (
    "Hello, what does a service cost?", "hi my bike is broken", "good", "thanks", "bye", "", "!!!", "morning rides?",
    "Hola, busco una bici", "Hallo, wann habt ihr auf?", "Bonjour, je cherche un vélo", "مرحبا كم السعر",
    "yes hello no",
    "say hello to Tom", "hello kitty bike", "Good morning, I need help", "no", "ok", "Guten Appetit", "bonne journée",
)  # fmt: skip
THANKS = (
    "thanks", "Thank you!", "thx", "ok great, thanks for your help", "Thanks so much 😊",
    "perfect, thank you very much",
    "Cheers mate", "thanks again", "Great, thanks a lot", "¡Muchas gracias!", "gracias por la información",
    "vale, gracias",
    "Danke", "Vielen Dank für die schnelle Antwort", "super, danke schön", "Merci beaucoup", "ok merci",
    "merci pour votre aide",
    "شكرا جزيلا", "شكراً لك", "تمام شكرا",
)  # fmt: skip
NO_THANKS = (
    "no thanks", "Thanks, but what about Sunday?", "thanks, bye", "thank you card", "hello", "Thanks for nothing",
    "ok",
    "gracias pero no", "no, gracias", "nein danke", "Danke, wann habt ihr auf?", "non merci", "Merci de me rappeler",
    "لا شكرا",
    "", "thanksgiving hours", "I thanked him", "شكرا كم السعر", "Merci, et le prix ?", "gracias, ¿y el precio?",
)  # fmt: skip
GOODBYE = (
    "bye", "Goodbye!", "See you later", "thanks, bye", "I'll think about it, bye", "Have a nice day!",
    "ok, that's all, thanks",
    "bye bye", "Talk to you soon", "adiós", "Gracias, hasta luego", "nos vemos", "Tschüss", "Auf Wiedersehen",
    "Danke, schönen Tag noch", "Au revoir", "merci, bonne journée", "à bientôt !", "مع السلامة", "شكرا، إلى اللقاء",
    "no thanks, bye",
)  # fmt: skip
NO_GOODBYE = (
    "hello", "Is there a goodbye party?", "When can I see you?", "bye-laws", "hi, have you a good lock?",
    "What's the buy price?",
    "That's all well and good but no", "see you tomorrow at 5 for my bike, or is it 6?", "", "thanks", "salut",
    "¿Cuándo abrís, hasta luego de las ocho?", "bis wann habt ihr auf?", "Bonjour", "bonne question", "مرحبا",
    "سلام", "servus",
    "goodbye yellow brick road poster", "tomorrow",
)  # fmt: skip
AGREES = (
    "yes", "Yes please!", "yeah", "sure", "ok", "sounds good", "Yes, my number is 07700 900123", "of course",
    "go ahead",
    "Sure, call me at five", "yes I would like that", "why not", "please", "👍", "ok great", "no problem",
    "sí", "Sí, por favor", "claro", "vale", "Sí, mi correo es ana@example.com", "ja", "Ja, gerne", "klar",
    "Ja bitte, am Montag",
    "oui", "Oui, volontiers", "d'accord", "Oui, mon mail est luc@example.com", "نعم", "نعم من فضلك", "تمام", "طبعا",
    "موافق",
)  # fmt: skip
DECLINES = (
    "no", "No thanks", "not now", "no, thank you", "nope", "maybe later", "I'd rather not", "not interested",
    "No, the other one",
    "no need", "I don't want to give my number", "never mind", "no I don't want that", "not today thanks", "👎",
    "no gracias", "ahora no", "No, prefiero esperar", "más tarde", "no hace falta", "nein", "Nein danke",
    "jetzt nicht",
    "lieber nicht", "Nein, das andere", "non", "Non merci", "pas maintenant", "plus tard", "Non, je préfère attendre",
    "لا", "لا شكرا", "ليس الآن", "لاحقا", "لا أريد",
)  # fmt: skip
NEITHER = (
    "what does it cost?", "no one answers", "yesterday", "notebook", "si tengo una bici vieja", "hello",
    "nothing works",
    "not sure what size", "yes but what does it cost?", "No funciona la luz", "non-stop", "nachher?", "thanks", "",
    "?",
    "surely you can", "ouistiti", "janvier", "I said yes to Tom and he left", "okay but only on Monday", "لابتوب",
    "my bike",
    "See you later", "no idea what that is", "knowing", "noon is fine for whom", "When is later?", "Nokia",
)  # fmt: skip
ASKS = (
    "how much is it", "What time do you open?", "do you sell locks", "can you fix it today", "hi, where are you",
    "is it open",
    "I'd like to know the price", "My chain broke. How much is a new one", "any chance you open on sunday",
    "cuanto cuesta", "¿Abrís los sábados", "tienen cascos", "hola, donde estais", "a que hora abren",
    "wie viel kostet das", "habt ihr offen", "Hallo, kann ich vorbeikommen", "wann macht ihr auf",
    "combien ça coûte", "vous avez des casques", "est-ce que vous réparez", "bonjour, où êtes-vous",
    "كم السعر", "هل عندكم خوذة", "متى تفتحون؟", "وين المحل", "really?", "(is it?)", "ok?!",
)  # fmt: skip
ASKS_NOT = (
    "My bike is broken", "thanks", "I arrived when it was closed", "see https://acme.example/?q=1", "yes",
    "When I arrived it rained",
    "what a nice shop", "my bike, which is red, is flat", "I know how to do it", "", "Anna", "how nice",
    "the one where I live",
    "Mi bici está rota", "que tenga buen día", "La rueda que compré", "Mein Rad ist kaputt", "Wie gesagt, am Montag",
    "das Rad, das ich gekauft habe", "Mon vélo est cassé", "Quand j'ai appelé, personne", "le vélo que j'ai acheté",
    "دراجتي مكسورة", "شكرا", "اسمي كمال", "I can do that",
)  # fmt: skip
COMPLAINS = (
    "I want to make a complaint", "I'd like to complain", "how do I file a formal complaint?",
    "Quiero poner una queja",
    "quisiera hacer una reclamación", "Ich möchte mich beschweren", "Ich will eine Beschwerde einreichen",
    "Je voudrais faire une réclamation", "je veux porter plainte", "أريد تقديم شكوى", "عندي شكوى",
)  # fmt: skip
COMPLAINS_NOT = (
    "I can't complain", "no complaints so far", "My brakes squeak", "sin quejas", "keine Beschwerden",
    "je ne me plains pas",
    "لا شكوى",
)  # fmt: skip


@pytest.mark.parametrize(
    ("cue", "text", "expected"),
    [
        *((cues.wants_person, text, True) for text in PERSON),
        *((cues.wants_person, text, False) for text in NO_PERSON),
        *((cues.greets, text, True) for text in GREETS), *((cues.greets, text, False) for text in NO_GREETING),
        *((cues.thanks, text, True) for text in THANKS), *((cues.thanks, text, False) for text in NO_THANKS),
        *((cues.says_goodbye, text, True) for text in GOODBYE),
        *((cues.says_goodbye, text, False) for text in NO_GOODBYE),
        *((cues.agrees, text, True) for text in AGREES),
        *((cues.agrees, text, False) for text in (*NEITHER, *DECLINES)),
        *((cues.declines, text, True) for text in DECLINES),
        *((cues.declines, text, False) for text in (*NEITHER, *AGREES)),
        *((cues.asks_something, text, True) for text in ASKS),
        *((cues.asks_something, text, False) for text in ASKS_NOT),
        *((cues.complains, text, True) for text in COMPLAINS),
        *((cues.complains, text, False) for text in COMPLAINS_NOT),
    ],
)  # fmt: skip
def test_a_cue_is_recognised_and_nothing_that_only_looks_like_it(cue, text, expected):
    """In five languages, in the spelling of people who hurry."""
    assert cue(text) is expected


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hi!", "greeting"), ("thank you", "thanks"), ("thanks, bye", "goodbye"), ("agent please", "person"),
        ("Hello, I want to talk to a human", "person"), ("What does a service cost?", None), ("", None), ("ok", None),
        ("no thanks", None), ("Servus", "greeting"), ("Salut", "greeting"),
    ],
)  # fmt: skip
def test_the_intent_of_a_cue(text, intent):
    """A wish for a person first, then what the whole message is; what is no cue is left to the other means."""
    assert cues.cue_intent(text) == intent


@NORMAL
@given(any_text | st.lists(st.sampled_from([*GREETS, *AGREES, *DECLINES, *PERSON]), max_size=4).map(" ".join))
def test_nobody_agrees_and_declines_at_once(text):
    """Any text at all: no input raises, and a yes is never also a no."""
    assert not (cues.agrees(text) and cues.declines(text))
    assert not (cues.greets(text) and cues.says_goodbye(text))
    assert cues.cue_intent(text) in (None, "greeting", "thanks", "goodbye", "person")

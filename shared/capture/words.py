"""Words that are no value: what people say in five languages around an answer. Folded, as `said.level` folds."""

from functools import cache

YES = frozenset(
    (
        "yes", "yeah", "yep", "yup", "sure", "of course", "correct", "right", "that's right", "that's correct",
        "exactly", "absolutely", "definitely", "ok", "okay", "please do", "indeed", "y", "si", "claro",
        "por supuesto",
        "correcto", "exacto", "asi es", "desde luego", "vale", "ja", "jawohl", "genau", "richtig", "klar",
        "naturlich",
        "stimmt", "gerne", "no problem", "no worries", "kein problem", "pas de probleme", "sin problema",
        "no hay problema", "yes that's right", "yes that's correct", "yes it is", "yes correct", "that is right",
        "that is correct", "yes please", "si es correcto", "si esta bien", "ja das stimmt", "das stimmt", "ja genau",
        "oui c'est ca", "oui c'est correct", "نعم صحيح", "oui", "ouais", "bien sur", "exactement", "c'est ca",
        "c'est correct", "d'accord",
        "tout a fait",
        "نعم", "اجل", "ايوه", "ايوا", "صحيح", "بالتاكيد", "اكيد", "طبعا", "تمام",
    )
)  # fmt: skip
NO = frozenset(
    (
        "no", "nope", "nah", "not yet", "never", "not really", "n", "incorrect", "wrong", "that's wrong",
        "no that's wrong", "no it's wrong", "no it isn't", "it's wrong", "that's not right",
        "no that's not right", "that's incorrect", "no es correcto", "no esta mal", "esta mal", "nein das ist falsch",
        "das ist falsch", "das stimmt nicht", "nein das stimmt nicht", "non c'est faux", "c'est faux", "لا هذا خطا",
        "todavia no",
        "para nada", "nein", "nee", "noch nicht", "falsch", "non", "pas encore", "pas du tout", "لا", "كلا",
        "ليس بعد",
        "خطا", "غير صحيح",
    )
)  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOT_A_NAME = """
d'abord abord avant cela apres dites dis dis-moi dites-moi alors donc ecoutez ecoute voyons ensuite puis prive privee
primero antes oye oiga mire entonces primeramente privado privada zuerst vorher also erstmal davor zunachst dann nun
privat firstly listen اولا قبل ثم اسمع بداية خاص
i i'm im i'd i've i'll id me my mine you your yours he she it it's its we our us they them their his her this
that that's these those there here who who's what what's whats which when where why how how's is are isn't
am was were be been being have has had having does did don't dont doesn't didn't can can't cannot could
would should shall might must want wants wanted need needs needed know knows think thinking looking look see
like likes love get got give make made buy buying find ask asking tell told show send sent call calling called
help helping work works working talk talking speak speaking use using try trying go going come coming take say
said mean meant means understand sorry please thanks thank thx ty cheers hello hi hey hiya howdy bye goodbye
morning afternoon evening ok okay yes yeah yep yup sure no nope nah not never none nothing nobody anything
something someone everything maybe perhaps probably later soon now today tomorrow yesterday then just only
also
too very really quite already still again and or but if because so than about with without from for into onto
on at in by back asap anytime the an some any all every each good great nice fine cool perfect awesome
excellent amazing wonderful bad wrong
right correct exactly true false interested interesting curious ready happy sad angry upset tired confused
lost busy free available open closed wondering hoping planning visiting new old customer client visitor guest
price prices pricing cost costs cheap expensive much many more less hour hours opening time times day days
week
month minute minutes moment second seconds wait hold delivery shipping order orders product products service
services shop store location address contact phone email e-mail mail number website site support agent human
person operator someone menu booking appointment refund return returns discount offer offers quote demo trial
question questions answer information info details options skip next continue stop cancel idk lol haha wow
spelled spelt misspelled written pronounced important urgent fuck shit off damn stupid
idiot mierda scheisse merde wow hmm
hm um uh oh well test testing bot robot ai assistant name names wife's husband's nothing's whatever anonymous secret
yo tu usted ustedes el ella nosotros ellos mi mis su sus es son soy eres estoy esta estamos era fue ser estar
tengo tiene tienes hay hace hacer quiero quisiera quieres quiere necesito necesita busco buscando puedo puede
puedes podria saber se sabe digo dime diga hablar gracias hola buenas buenos dias tardes noches adios por
favor
vale bueno bien mal muy mas menos mucho mucha cuanto cuanta cuantos cuesta cuestan precio precios horario
horarios hora horas cita pedido envio tienda ayuda pregunta porque que cual cuales quien donde cuando como
prefiero decir nada nadie nunca quizas tal vez despues ahora hoy ayer luego interesado interesada cliente
clienta
correo telefono numero nombre persona claro perfecto genial lo siento perdon perdona disculpa para con sin
pero
ich du er wir ihr sie mein meine dein deine unser ist sind war bin bist habe hast hat haben hatte
mochte mochten will wollen kann kannst konnen konnte brauche suche weiss sagen danke vielen bitte hallo moin
servus tschuss guten tag morgen abend gut schlecht sehr nicht nein nee ja klar genau richtig falsch was wer
wie
wo wann warum welche welcher wieviel viel mehr preis preise kosten kostet offnungszeiten uhr termin bestellung
lieferung laden hilfe frage fragen und oder aber weil fur mit ohne kunde kundin interessiert lieber spater
jetzt
heute gestern vielleicht egal nichts niemand keine kein moment entschuldigung nummer telefonnummer auch noch
student studentin anfanger neu fertig bereit
je j'ai j'aimerais tu il elle nous vous ils mon ma mes votre vos est sont suis etes etait ai avez avons avoir
veux voudrais veut peux peut pouvez besoin cherche sais dire merci bonjour bonsoir salut revoir oui non pas
ne jamais rien personne tres bien mal plus moins combien quel quelle quels quelles qui quoi ou quand comment
pourquoi prix tarif tarifs cout coute heures horaires rendez-vous commande livraison magasin aide et mais avec
sans pour parce prefere maintenant aujourd'hui demain plus-tard peut-etre d'accord ca c'est s'il plait
interesse interessee client cliente desole desolee pardon numero adresse nom
انا انت انتم هو هي نحن هذا هذه ذلك ما ماذا من متى اين كيف كم لماذا هل اريد احتاج ابحث عندي لدي ممكن يمكن
اعرف شكرا
مرحبا اهلا السلام عليكم نعم لا ليس مع بدون في على الى عن و او لكن سعر السعر اسعار الاسعار موعد طلب توصيل
مساعدة
سؤال افضل عدم لاحقا الان اليوم غدا حسنا جيد تمام طيب لحظة دقيقة اسف عفوا رقم رقمي بريد بريدي ايميل ايميلي
اسم اسمي مهتم
"""


@cache
def not_a_name() -> frozenset[str]:
    """Return words that no name is made of, so that a sentence, a topic or a courtesy is never taken for one."""
    return _words(_NOT_A_NAME)


@cache
def soft() -> frozenset[str]:
    """Return those of them that are names too: taken as one beside another word when each is capitalised."""
    return _words(
        "can my so an la el su ai may will mai du tu see hi true free love good day moment an noch tag morgen ma we"
    )


@cache
def surnames() -> frozenset[str]:
    """Return those of them that are surnames too: part of a name behind a first name, each capitalised."""
    return _words(
        """
        price weiss good nice fine cool days weeks free wait guest best more show page right store neu gut klar morgen
        abend tag bueno bien claro mal new work early call street moment frage kunde uhr hora busy open lost
        """
    )


@cache
def nationalities() -> frozenset[str]:
    """Return capitalised words after "I'm" that are what somebody is, not a name."""
    return _words(
        """
        طالب طالبة عميل عميلة زبون زبونة مهندس مهندسة طبيب موظف موظفة جديد جديدة مهتمة مريض مدير صاحب
        american english british irish scottish welsh spanish french german austrian swiss italian portuguese dutch
        belgian greek polish russian ukrainian turkish arab egyptian moroccan lebanese syrian saudi indian pakistani
        chinese japanese korean mexican colombian argentinian brazilian canadian australian african european asian
        catholic christian muslim jewish hindu buddhist vegan vegetarian diabetic pregnant married single retired
        francais francaise allemand allemande espagnol espagnole anglais anglaise italien italienne belge suisse
        marocain marocaine algerien tunisien deutsch deutscher deutsche osterreicher schweizer turke spanier
        ceo cto cfo owner manager director head monday tuesday wednesday thursday
        friday saturday sunday
        """
    )

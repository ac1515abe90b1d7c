"""Requests for an appointment go to the business's booking link or to a person; the assistant books nothing."""

import re
from collections.abc import Mapping
from functools import cache

from shared.domain.business import BusinessConfig
from shared.domain.folding import fold
from shared.domain.hours import WEEKDAYS, OpeningHours
from shared.domain.message import Message
from shared.domain.tenant import Tenant
from shared.domain.understanding import Intent
from shared.domain.verdict import Settlement

_BEGIN, _END = 1000, 500  # characters of a long message: people ask first, or last
# A wish to make, move or cancel one. The noun alone ("how long does an appointment take?") goes to the model.
_WHAT = r"(?:appointments?|appts?|bookings?|visits?|consultations?|time ?slots?|slots?|reservations?)"
_WHEN = (
    r"(?:today|tomorrow|tonight|this|next|on|at|for|left|free|available|open|soon|monday|tuesday|wednesday|thursday"
    r"|friday"
    r"|saturday|sunday|mon|tue|wed|thu|fri|sat|sun)"
)
_CANNOT = r"(?:can't|cannot|can not|cant|won't|will not|wont|not able to|unable to|couldn't|not going to)"
_REQUESTS_EN = (
    rf"\b(?:book|schedule|arrange|reserve|set up|request|re-?schedule|cancel|postpone|push back|bring forward"
    rf"|rebook)\b"
    rf".{{0,30}}\b{_WHAT}\b(?! car)",
    rf"\b(?:make|move|change|shift|delay|put back|pick|find) (?:an?|my|our|the|another|some)\b.{{0,20}}\b{_WHAT}\b",
    rf"\b(?:another|different|new|later|earlier|better) (?:time|day|date) for (?:my|our|the) {_WHAT}\b",
    rf"\b(?:need|want|like|get|in for|any free|free|sign (?:me|us) up for|after)\b.{{0,20}}\b(?:an?|the next|another"
    rf"|free)\b"
    rf".{{0,12}}\b{_WHAT}\b(?! car| necessary)",
    rf"\b(?:any|free|have|got|there) (?:free |available |open )?(?:appointments|appts|slots)\b.{{0,20}}\b{_WHEN}\b",
    rf"\b(?:any|some|have|got|your) (?:availability|openings)\b.{{0,15}}\b{_WHEN}\b",
    r"\b(?:next|earliest|first|soonest) (?:available |free |possible |open )?(?:appointments?|appts?"
    r"|slots?)\b(?! (?:cost|price))",
    r"\b(?:earliest|soonest|when) (?:you )?(?:can|could|would|will|do) (?:you|i) (?:see|fit|squeeze|be seen)\b(?: me"
    r"| us| in)?",
    r"\b(?:earliest|soonest) (?:you|i) (?:can|could) (?:see|fit|be seen)\b|\b(?:fit|squeeze|slot|book) (?:me"
    r"|us) in\b",
    r"\b(?:can i|could i|can we|could we|may i|i'd like to|i would like to|we'd like to|i want to|i wanna|we want to"
    r"|i need to"
    r"|i have to|let me|how do i|how do we|how can i|how can we|where can i|where do i|help me|looking to|hoping to"
    r"|trying to) "
    r"(?:please |also |still )?(?:book|re-?schedule|schedule)\b(?! club| shop| store| about| is| by)",
    r"^(?:please |hi,? |hello,? )?(?:book|schedule) (?!club|shop|store|about|of|fair|by|is|an? trip)",
    rf"\b{_CANNOT}\b.{{0,15}}\b(?:make|come|attend|keep|be there|be at|get)\b.{{0,12}}\bmy {_WHAT}\b",
    r"^(?:an? |one )?(?:appointment|booking|reservation)s?(?: please| pls| for| tomorrow| today| on|[.!]*$)",
    r"\b(?:put|sign|pencil|book|slot) (?:me|us) (?:down|up|in) (?:for|on|at)\b|\bcancel my \d",
    r"\b(?:need|want|like|have|can i|could i) (?:to )?(?:see|be seen by) (?:the|an?|your) (?:dentist|doctor|vet|gp"
    r"|nurse|therapist|stylist|specialist)\b",
    rf"\b(?:an?|any|is there|got|another) (?:free|open|available) (?:slot|{_WHAT})\b",
    rf"\b{_WHAT}\b.{{0,40}}\b(?:need|want|have|like|can i|could i|can we|could we|please) (?:to )?"
    r"(?:cancel|re-?schedule|postpone|move|change)\b",
)
_DAY_ES = r"(?:citas?|turnos?|reservas?|visitas?|consultas?)"
_REQUESTS_ES = (
    r"\b(?:reservar|pedir|concertar|agendar|cambiar|cancelar|anular|hacer|sacar|coger|solicitar|conseguir|programar"
    r"|mover"
    r"|aplazar|posponer|reprogramar|adelantar|retrasar|modificar|obtener|quiero|querria|necesito|quisiera|gustaria"
    r"|dar|deme|dame"
    rf"|darme|tomar|apartar|pido|reservo|cancelo|anulo|cancelen|cancela|cambio)\b.{{0,20}}\b(?:una |la |mi |su "
    rf"|otra )?{_DAY_ES}\b",
    r"\b(?:pedir|coger|reservar|dar|darme|dame|deme|solicitar) (?:una )?hora\b|\bhora (?:para (?:una )?cita|libre)\b",
    r"\b(?:quiero|quisiera|querria|necesito|puedo|podria|podemos|como (?:puedo|se|podemos)|me gustaria"
    r"|donde (?:puedo|se)|para) "
    r"(?:reservar|agendar)\b(?! el derecho)|^(?:por favor )?(?:reservame|agendame|reserveme|agendeme)\b"
    r"|\bcomo reservo\b",
    r"\b(?:teneis|tienen|tienes|tiene|hay|queda|quedan|algun|habria|tendrian|tendriais) (?:algun |alguna |un |una )?"
    r"(?:huecos?|citas?|turnos?|disponibilidad|hora)\b(?: libres?| disponibles?)?(?! previa| cost| cuest)",
    rf"\b(?:proxim[ao]|primer[ao]?) (?:{_DAY_ES}|hueco) (?:libre|disponible)\b|\b(?:citas?|turnos?"
    rf"|huecos?) (?:libres?|disponibles?)\b",
    rf"\bno (?:puedo|podre|podemos|voy a poder|vamos a poder|llego|podria)\b.{{0,20}}\b(?:a |en )?(?:mi|la|nuestra"
    rf"|el|mi) {_DAY_ES}\b",
    r"\b(?:reservar|reserva|reservame) (?:una |un )?(?:mesa|habitacion|sala|plaza)\b|\b(?:apuntas|apuntame|apuntarme"
    r"|apuntadme) (?:para|a) una?\b",
    r"\bnecesito que me (?:vea|vean|atienda|atiendan) (?:el|la|un|una) (?:dentista|medico|medica|doctora?"
    r"|veterinari[oa])\b",
    r"^(?:una )?(?:cita|turno)(?: por favor| para|[.!]*$)",
    rf"\b{_DAY_ES}\b.{{0,40}}\b(?:cambiar|cancelar|anular|mover|aplazar|posponer)\b",
)
_REQUESTS_DE = (
    r"\btermine?\b.{0,40}\b(?:buchen|vereinbaren|machen|ausmachen|verschieben|verlegen|legen|absagen|reservieren"
    r"|stornieren"
    r"|bekommen|andern|haben|kriegen|vorverlegen|umbuchen|canceln|vormerken|einhalten|wahrnehmen)\b",
    r"\b(?:buche|brauche|brauchen|mochten?|hatten? gerne?|will|wollen|suche|benotige)\b.{0,25}\b(?:termin"
    r"|reservierung)\b",
    r"\b(?:wann|haben|habt|hatte|hatten|hast|gibt|ware|ist)\b.{0,30}\b(?:nachsten?|freien?|fruhesten?"
    r"|noch) (?:freien? |moglichen? )?"
    r"(?:termine?|terminen)\b|\b(?:nachster|freier|fruhester) (?:freier |moglicher )?termin\b",
    r"\b(?:habt|haben|hatten|hattet|ist|ware|gibt)\b.{0,35}\b(?:was|etwas|einen platz|einen slot|kapazitaten"
    r"|termine?) (?:frei|verfugbar)\b",
    r"\b(?:kann|konnte|mochte|muss|will|wurde|wollte|konnen|wollen)\b.{0,25}\b(?:reservierung|buchung)\b.{0,25}"
    r"\b(?:absagen|stornieren|verschieben|andern|machen|umbuchen)\b|\b(?:einen? |zur )?(?:beratung|inspektion"
    r"|besichtigung|besuch)\b.{0,15}\b(?:buchen|vereinbaren|reservieren)\b",
    r"\b(?:kann|konnen|darf|konnte|mochte|will|wurde|wie|wo)\b(?: ich| man| wir| gerne?| bei euch| bei ihnen| hier"
    r"| online| das| etwas| einen tisch){1,4} (?:buchen|reservieren)\b",
    r"\btermin\b.{0,25}\b(?:nicht|leider nicht|doch nicht)\b.{0,20}\b(?:kommen|schaffen|wahrnehmen|einhalten)\b"
    r"|\b(?:schaffe|komme)\b.{0,20}\btermin\b.{0,15}\bnicht\b",
    r"\b(?:tisch|zimmer|platz)\b.{0,25}\b(?:reservieren|buchen)\b|\b(?:mich|uns)\b.{0,30}\b(?:eintragen|vormerken)\b",
    r"\b(?:sagen sie|sag|sagt)\b.{0,25}\btermin\b.{0,20}\bab\b",
    r"^(?:bitte |einen |nachster )?(?:freier )?termin(?: bitte| fur| am| morgen|[.!]*$)|\bterminvereinbarung\b"
    r"|\bterminanfrage\b",
)
_RDV = r"(?:rendez[- ]?vous|rdvs?|reservations?|creneaux?|consultations?)"
_REQUESTS_FR = (
    r"\b(?:prendre|reserver|fixer|annuler|annule|annulez|deplacer|decaler|reporter|avoir|obtenir|voudrais|voudrions"
    r"|voudrait|souhaite"
    r"|souhaiterais|besoin|faudrait|faut un|demander|planifier|programmer|modifier|changer|avancer|repousser|poser"
    r"|aimerais"
    rf"|veux|cherche|deplace|decalez|reportez|donnez-moi|caler|trouver)\b.{{0,25}}\b{_RDV}\b",
    rf"\b(?:auriez|avez|aurez|reste|resterait|aurait|il y a|y a|libre|a)\b.{{0,20}}\b(?:creneaux?|disponibilites?"
    rf"|de la place|{_RDV} (?:libre|disponible))\b",
    rf"\b(?:prochaine?|premiere?) (?:rendez-vous|rdv|creneau|disponibilite|date)(?: disponible| libre| possible)?\b"
    rf"|\b{_RDV} (?:libres?|disponibles?)\b",
    r"\b(?:voudrais|voudrions|voudrait|souhaite|souhaiterais|aimerais|peux|puis-je|peut-on|comment|ou|veux|pour"
    r"|possible de"
    r"|pouvez-vous) "
    r"(?:je |on |faire pour )?reserver\b",
    rf"\b(?:ne |n')?(?:peux|pourrai|pourrais|pouvons|serai|suis)\b.{{0,8}}\b(?:pas|plus)\b.{{0,20}}\b(?:mon|notre|le"
    rf"|au|a mon) {_RDV}\b",
    r"^(?:un |une )?(?:rendez-vous|rdv|reservation)(?: svp| s'il| pour| demain|[.!]*$)",
    rf"\b{_RDV}\b.{{0,40}}\b(?:annuler|decaler|deplacer|reporter|changer|repousser)\b",
)
_MAW = r"(?:(?:ال)?(?:موعد|مواعيد|ميعاد|حجز)(?:ا|ي|نا)?)"
_REQUESTS_AR = (
    rf"\b(?:ال|لل|ل|ب|و)?(?:احجز|حجز|نحجز|احجزوا|تحديد|احدد|حدد|اخذ|اخد|ناخذ|تغيير|اغير|نغير|تاجيل|اوجل|تعديل|اعدل"
    rf"|الغاء|الغي"
    rf"|الغوا|نقل|تقديم|ترتيب|جدوله|جدولة)\b.{{0,30}}{_MAW}",
    rf"(?:اريد|نريد|احتاج|نحتاج|ابغى|ابغي|ابي|بدي|بدنا|عايزه?|عاوزه?|محتاجه?|ودي|اود|ارغب|نبي|اطلب|اعطوني|اعطيني"
    rf"|ممكن)\b.{{0,20}}\b(?!مواعيد العمل){_MAW}\b",
    rf"(?:عندكم|لديكم|هناك|يوجد|فيه|متوفر|اقرب|اول|في)\b.{{0,12}}\b{_MAW} (?:متاح|فاضي|شاغر|متوفر|فارغ|قريب|يوم|غدا"
    rf"|بكره|بكرة|اليوم|الاسبوع)|اقرب {_MAW}",
    r"(?:كيف|ممكن|اريد|ابغى|بدي|عايز|عاوز|اقدر|هل يمكنني|وين|اين)(?: ان| اقدر| يمكنني)? (?:احجز|الحجز|اعمل حجز)\b",
    rf"(?:لا|لن|ما|مش|مو) (?:استطيع|اقدر|يمكنني|اتمكن|قادر|حقدر|هقدر|راح اقدر)\b.{{0,25}}{_MAW}",
    r"\b(?:سجلني|سجلوني|سجلنا) (?:ل|في|عند)",
    rf"^{_MAW} (?:من فضلك|لو سمحت|غدا|يوم)|{_MAW}\b.{{0,40}}\b(?:تغيير|تغييره|اغيره?|الغاءه?|الغيه?|تاجيله?"
    rf"|اوجله?)\b",
)
# Talk about an appointment that was or will be, its price or its length: not a wish to make one.
_OTHER = (
    r"\bhow (?:did|was|were|much|long|far|often)\b",
    r"\b(?:appointment|visit|consultation|booking)\b.{0,12}\b(?:went|was|were)\b",
    r"\b(?:what|which) (?:should|shall|do|must|can|to)\b.{{0,15}}\b(?:bring|wear|take|pay|eat|expect)\b",
    rf"\bwhat (?:time|day|date) (?:is|was)\b|\b(?:is|are) (?:an? |the )?{_WHAT} (?:really )?(?:necessary|needed"
    rf"|required|mandatory|free|confirmed)\b",
    rf"\b(?:do|does|will|would|must|should) (?:i|we|you|one) (?:really |always |even )?(?:have to "
    rf"(?:book|make|schedule)\b|(?:need|require)\b.{{0,25}}\b(?:{_WHAT}|book)\b)",
    rf"\b(?:after|before|during|at|since|following) (?:my|our|the|last"
    rf"|yesterday's) (?:\w+ )?{_WHAT}\b(?!.{{0,20}}\b(?:move|cancel|reschedule)\b)",
    rf"\bi(?:'ve| have|'d| had)?(?: got| already| just)* (?:booked|made|scheduled|had)\b.{{0,20}}\b{_WHAT}\b",
    rf"\bi(?:'ve| have)(?: got)? an? {_WHAT}\b(?!.{{0,60}}\b(?:cancel|re-?schedule|postpone|move|change)\b)",
    rf"\b(?:costs?|price|fee|policy|reminders?|charge)\b.{{0,25}}\b{_WHAT}\b",
    rf"\b(?:deposit|pay|paid|charged?|fee|bill) (?:for|before|at|after) (?:an? |the |my |every "
    rf"|each )?(?:missed )?{_WHAT}\b",
    rf"\b{_WHAT}\b.{{0,12}}\b(?:costs?|price|confirmation)\b|\b{_WHAT} (?:fee|deposit)s?\b",
    r"\bwhat does an?\b|\bwhat happens\b|\bwho (?:does|will|do|is)\b.{0,30}\b(?:appointment|visit|consultation)",
    r"\bwhen i (?:visit|book)\b|\bwhile i (?:visit|wait)\b",
    r"\b(?:buy|return|sell|read|borrow|find|order|cook|note|phone|hand|e-?)[ -]?(?:an? |the |my |this |any |your "
    r"|some )?books?\b",
    r"\bjob openings\b|\bnewsletter\b|\bvisit (?:your|the) (?:website|site|page|shop|store|showroom)\b",
    r"\b(?:cuanto(?! antes)|cuanta|cuesta|que (?:tengo que|debo|llevo|hay que|necesito|documentos)"
    r"|a que hora (?:es|tengo|era)"
    r"|quien atiende|como (?:fue|estuvo)"
    r"|hace falta|es (?:necesari[oa]|obligatori[oa])|hay que (?:pedir|sacar|coger|reservar|llevar|pagar|traer)"
    r"|se necesita|cobra[nis]+|precio|confirmad[ao]|dura)\b",
    r"\b(?:tengo|tenia|tuve|teniamos|tenemos|estuve en) (?:ya )?(?:una |mi |la |una )?(?:cita|turno|reserva"
    r"|consulta)\b(?!.{0,40}\b(?:cambiar|cancelar|anular|mover|aplazar))",
    r"\b(?:cita|visita|turno|consulta) (?:fue|estuvo|salio|era|ha ido)\b|\bla visita guiada\b",
    r"\b(?:wie (?:war|lange|viel|teuer|lief|oft)|wieviel|was (?:kostet|kosten|muss|soll|brauche|passiert)"
    r"|um wie viel|wann (?:ist|war|habe ich) (?:mein|der|den|meinen|ich)\b(?! (?:nachste|fruheste|erste))"
    r"|kostet|wer (?:macht|ist)|bestatigt|termin (?:war|lief|ist gut|hat super)|beim (?:letzten )?termin"
    r"|nach dem termin|vor dem termin|gebuhr|erinnerung)\b",
    r"\b(?:brauche|brauch|braucht|benotige) (?:ich|man|es|wir) (?:dafur |unbedingt |einen |immer |denn |da |auch "
    r"|wirklich )*termin\b|\b(?:muss|sollte) (?:ich|man) (?:vorher |unbedingt |immer )?(?:einen )?termin\b",
    r"\bich (?:habe|hab|hatte)\b(?! gern).{0,25}\b(?:termin|reservierung)\b(?!.{0,60}\b(?:verschieben|absagen"
    r"|stornieren|andern|verlegen))|\bohne termin\b",
    r"\b(?:combien|comment s'est|que dois-je|qu'est[- ]ce que (?:je|j')|quel est le (?:prix|tarif|cout)"
    r"|a quelle heure (?:est|etait|ai)|quand est mon|avec qui"
    r"|faut[- ]il|est[- ]ce (?:obligatoire|necessaire)|obligatoire|confirme|s'est (?:bien|mal|tres)|oublie|coute"
    r"|dure|sans rendez-vous|sans rdv|doit-on|dois-je (?:prendre|apporter|payer))\b",
    r"\b(?:j'ai|j'avais|on a|nous avons|jai) (?:deja )?(?:un |une |mon |eu |pris )?(?:rendez-vous|rdv"
    r"|reservation)\b(?!.{0,60}\b(?:annuler|decaler|deplacer|reporter|changer|modifier))",
    r"(?:^| )(?:كم|بكم|سعر|تكلف[هة]|يستغرق|مد[هة]|ماذا احضر|ماذا اجلب|متى موعدي|متي موعدي|ضروري|كان (?:ال)?موعد|نسيت"
    r"|تاكيد|مواعيد (?:العمل|الدوام|الفتح|عملكم|دوامكم)|بعد الموعد|قبل الموعد|بدون موعد|رسوم)(?: |$|[؟?.!،])",
    r"(?:عندي|لدي|كان عندي) (?:موعد|حجز)(?!.{0,60}(?:تغيير|اغير|الغاء|الغي|تاجيل|نقل|اوجل))",
)  # fmt: skip

WITH_LINK: Mapping[str, str] = {
    "en": "You can arrange your appointment with {name} here. I can't book it for you; the team confirms every "
    "booking.",
    "es": "Puede concertar su cita con {name} aquí. Yo no puedo reservarla por usted; el equipo confirma cada reserva.",
    "de": "Ihren Termin bei {name} können Sie hier vereinbaren. Ich kann ihn nicht für Sie buchen; das Team bestätigt "
    "jede Buchung.",
    "fr": "Vous pouvez prendre votre rendez-vous avec {name} ici. Je ne peux pas le réserver pour vous ; l'équipe "
    "confirme chaque réservation.",
    "ar": "يمكنك ترتيب موعدك مع {name} من هنا. لا أستطيع حجزه لك بنفسي، والفريق يؤكد كل حجز.",
}
WITHOUT_LINK: Mapping[str, str] = {
    "en": "{name} arranges appointments personally. {how}",
    "es": "{name} concierta las citas personalmente. {how}",
    "de": "{name} vereinbart Termine persönlich. {how}",
    "fr": "{name} fixe les rendez-vous personnellement. {how}",
    "ar": "يرتب {name} المواعيد شخصيًا. {how}",
}
# How to reach the business: by phone, by e-mail, by either, by neither; then its opening hours.
_REACH: Mapping[str, tuple[str, str, str, str, str]] = {
    "en": ("Please call {phone}.", "Please write to {email}.", "Please call {phone} or write to {email}.",
           "Please contact the team directly.", "Opening hours: {hours}."),
    "es": ("Llame al {phone}.", "Escriba a {email}.", "Llame al {phone} o escriba a {email}.",
           "Póngase en contacto directamente con el equipo.", "Horario: {hours}."),
    "de": ("Bitte rufen Sie {phone} an.", "Bitte schreiben Sie an {email}.",
           "Bitte rufen Sie {phone} an oder schreiben Sie an {email}.",
           "Bitte wenden Sie sich direkt an das Team.", "Öffnungszeiten: {hours}."),
    "fr": ("Appelez le {phone}.", "Écrivez à {email}.", "Appelez le {phone} ou écrivez à {email}.",
           "Contactez directement l'équipe.", "Horaires d'ouverture : {hours}."),
    "ar": ("يرجى الاتصال على {phone}.", "يرجى الكتابة إلى {email}.", "يرجى الاتصال على {phone} أو الكتابة إلى {email}.",
           "يرجى التواصل مع الفريق مباشرة.", "ساعات العمل: {hours}."),
}  # fmt: skip
_DAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "fr": ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
}


def wants_appointment(text: str) -> bool:
    """Say whether `text` asks to make, move or cancel an appointment."""
    folded = fold(text if len(text) <= _BEGIN + _END else f"{text[:_BEGIN]} {text[-_END:]}")
    request, other = _patterns()
    return bool(request.search(folded)) and not other.search(folded)


def check(message: Message, tenant: Tenant, language: str = "") -> Settlement | None:
    """Settle a request with the booking call to action, or with the ways to reach the business.

    Args:
        message: what the visitor wrote.
        tenant: the business.
        language: the visitor's, two letters; without it, and for a language we have no text in, the business's first.
    """
    settings = tenant.config.appointment
    if not settings.enabled or not wants_appointment(message.text):
        return None
    spoken = _spoken(language, tenant.config)
    if settings.booking_cta:
        text = settings.message or WITH_LINK[spoken].format(name=tenant.config.name)
        cta_ids: tuple[str, ...] = (settings.booking_cta,)
    else:
        how = _how_to_reach(tenant.config, spoken)
        text = settings.message or WITHOUT_LINK[spoken].format(name=tenant.config.name, how=how)
        cta_ids = tuple(node.id for node in tenant.config.ctas() if node.kind in ("phone", "email"))
    return Settlement(text, Intent("appointment", 1.0), cta_ids)


@cache  # tens of milliseconds to compile: paid by the first message
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    requests = (*_REQUESTS_EN, *_REQUESTS_ES, *_REQUESTS_DE, *_REQUESTS_FR, *_REQUESTS_AR)
    return re.compile("|".join(requests)), re.compile("|".join(_OTHER))


def _spoken(language: str, config: BusinessConfig) -> str:
    """Return the language to answer in: the visitor's, the business's first, or English."""
    wanted = (tag.split("-", 1)[0].lower() for tag in (language, config.languages[0]))
    return next((code for code in wanted if code in WITH_LINK), "en")


def _how_to_reach(config: BusinessConfig, language: str) -> str:
    by_phone, by_mail, by_either, directly, open_at = _REACH[language]
    phone, email = config.contact.phone, config.contact.email
    way = (by_either if email else by_phone) if phone else (by_mail if email else directly)
    hours = _week(config.opening_hours, _DAYS[language])
    return " ".join([way.format(phone=phone, email=email), *([open_at.format(hours=hours)] if hours else [])])


def _week(hours: OpeningHours, names: tuple[str, ...]) -> str:
    """Return a week in few words, days with the same hours together: `Mon-Fri 09:00-17:30, Sat 10:00-13:00`."""
    runs: list[tuple[int, int, str]] = []
    for at, day in enumerate(WEEKDAYS):
        spans = " & ".join(map(str, hours.weekly.get(day, ())))
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], at, spans)
        else:
            runs.append((at, at, spans))
    return ", ".join(
        f"{names[first]}{f'-{names[last]}' if last > first else ''} {spans}" for first, last, spans in runs if spans
    )

"""Patterns over folded text for cues that need more than set phrases: a question, a person wanted, a complaint.

Every gap is bounded, so that a long message costs no more than its length.
"""

_SENTENCE = (
    r"(?:^|[.!;:] )[\"'«“*(-]{0,3}"
    r"(?:(?:hi|hello|hey|hola|buenas|buenos dias|buenas tardes|hallo|guten (?:tag|morgen|abend)|moin|bonjour|bonsoir"
    r"|salut"
    r"|مرحبا|اهلا|السلام عليكم|سلام|and|so|ok|okay|but|also|oh|um|well|please|sorry|excuse me|there|y|und|et|alors"
    r"|entonces"
    r"|oye|disculpe|perdon|entschuldigung|excusez-moi|pardon|dann|aber|pero|mais|و|لو سمحت|من فضلك|طيب)[,!]? ){0,3}"
)
_EN = (
    r"(?:who(?:'s)?|whose|whom|which|why)\b|how\b(?! about that$| nice| lovely| cool)"
    r"|what(?:'s|s)?\b(?! an? | the (?:hell|heck))|where(?:'s)?\b(?! i | we )"
    r"|when(?:'s| (?:is|are|do|does|did|can|could|will|would|should|am|have|has))\b"
    r"|(?:can|could|do|does|did|is|are|am|will|would|should|shall|may|might|have|has|isn't|aren't|don't|doesn't"
    r"|can't|won't) "
    r"(?:i|you|u|we|they|he|she|it|there|the|your|my|our|this|that|these|those|any|anyone|anybody|someone|somebody"
    r"|an?)\b"
    r"|(?:i was wondering|i wonder|do you know|any (?:idea|chance)|tell me (?:about|if|how|what|when|where|which|who"
    r"|why|more))\b"
    r"|i(?:'d| would)? (?:like|want) to know\b"
)
_ES = (
    r"(?:quien|quienes|cuanto|cuanta|cuantos|cuantas|cual|cuales|donde|adonde|por que|cuando)\b"
    r"|que (?:horas?|horario|precios?|tipos?|servicios?|dias?|marcas?|tamano|talla|modelos?|necesito|debo|tengo"
    r"|puedo|hay"
    r"|es|cuesta|vale|significa|pasa|hago|hacen|ofrecen|ofreceis|venden|vendeis|tienen|teneis|incluye|opciones"
    r"|diferencia)\b"
    r"|como (?:puedo|se|hago|llego|es|esta|estan|son|funcionan?|van?|reservo|pido|pago|contacto|os|les|lo|la|podemos"
    r"|podria|hacemos)\b|(?:a|de|en|con|para|desde|hasta) (?:que|quien|cual|cuanto|donde|cuando)\b"
    r"|(?:tienen|teneis|tienes|tiene|puedo|podria[sn]?|podeis|pueden|puedes|puede|podemos|hay|aceptan|aceptais|hacen"
    r"|haceis|abren|abris|cierran|cerrais|venden|vendeis|es posible|se puede|ofrecen|sabes|sabeis)\b"
    r"|(?:esta|estan|estais) abiert|(?:quisiera|quiero|me gustaria) saber\b"
)
_DE = (
    r"(?:wer|wen|wem|wann|wo|wohin|woher|warum|wieso|weshalb|womit|wozu|wofur|wieviel|welche[rsnm]?|ab wann|bis wann"
    r"|um wie ?viel)\b|wie\b(?! (?:gesagt|schon|toll|nett|immer|besprochen|vereinbart))|was\b(?! fur ein)"
    r"|(?:kann|konnen|konnt|konnten?|konntet|darf|durfen|muss|mussen|soll|sollte|gibt|hat|haben|habt|hast|ist|sind"
    r"|seid"
    r"|bist|bieten|bietet|nehmen|nehmt|machen|macht|verkaufen|verkauft|fuhren|fuhrt|reparieren|repariert|wird|werden"
    r"|wurden?|wurdet|brauche|liefert|liefern|kennt|wissen|weisst|lohnt) (?:ich|man|sie|ihr|du|er|es|wir|das|der|die"
    r"|den"
    r"|meine?|jemand|mich|mir|eure?|ihre?|dort|da|noch|einen?|auch)\b"
    r"|ich (?:wollte|mochte|wurde)(?: gerne?)? (?:wissen|fragen)\b"
)
_FR = (
    r"(?:qui|quoi|comment|combien|pourquoi|quel|quelle|quels|quelles|lequel|laquelle|est[- ]ce|(?:a|de|dans|jusqu'a) "
    r"quel(?:le)?s?|c'est (?:combien|quoi|quand|ou|possible)|qu'est[- ]ce)\b"
    r"|que (?:faire|dois|puis|peut|coute|proposez|vendez|faites|faut|vaut|signifie)\b|d'ou\b"
    r"|ou (?:est|se|sont|puis|etes|peut|sera|trouver|vous|on|dois|je)\b|quand\b(?! (?:j'|je |on |il |elle |nous ))"
    r"|(?:avez|pouvez|puis|peut|peux|faites|etes|vendez|acceptez|proposez|reparez|est|sont|faut|auriez|pourriez"
    r"|pourrais"
    r"|aurais|savez|ouvrez|fermez|livrez|dois|peuvent|fais|as)[- ](?:vous|je|on|il|elle|ils|elles|tu|ce)\b"
    r"|y a[- ]t[- ]il\b|(?:vous (?:avez|faites|vendez|pouvez|auriez|pourriez|acceptez|reparez|ouvrez|fermez)"
    r"|on peut)\b"
    r"|(?:je (?:voudrais|veux|souhaite|souhaiterais)|j'aimerais) savoir\b"
)
_AR = (
    r"(?:هل|ماذا|متي|متى|اين|كيف|كم|بكم|لماذا|ايش|وش|شو|ازاي|فين|امتي|امتى|بكام|ليه|ليش|وين|قديش|كام|منين|مين|ماهي"
    r"|ماهو"
    r"|ممكن|تقدر|تقدرون|يمكنني|ايمكن|ايمكنني|شنو|عندكم|لديكم|في عندكم)\b"
    r"|ما (?:هو|هي|هذا|هذه|سعر|مواعيد|اسعار|رقم|عنوان|الفرق|المدة|اسم|اوقات|انواع|سبب|افضل)\b|من (?:هو|هي|يمكنه"
    r"|يستطيع|الذي)\b"
)
ASKING = rf"{_SENTENCE}(?:{_EN}|{_ES}|{_DE}|{_FR}|{_AR})"

# English
_HUMAN = (
    r"(?:(?:(?:real|live|actual|human|proper|other) )?(?:human(?: being)?s?|person|people|agents?|representatives?"
    r"|reps?|operators?"
    r"|advis[oe]rs?|consultants?|managers?|supervisors?|colleagues?|(?:actual |real )?employees?|boss|owner"
    r"|staff(?: member)?"
    r"|team(?: member)?"
    r"|member of (?:your |the )?(?:staff|team)|customer (?:service|support|care)|support|specialist|expert|technician"
    r"|mechanic|salesperson|receptionist|reception|sales)|some(?:one|body)|any(?:one|body))"
)
_SPEAK = (
    r"(?:talk(?:ing)?|speak(?:ing)?|chat(?:ting)?|write|connect(?:ed)?|transfer(?:red)?|(?:be )?put through"
    r"|get through|deal)"
)
_WISH = (
    r"(?:can|could|may|might|should) (?:i|we)|(?:want|need|like|love|prefer|rather|wish|possible|able|have|ask"
    r"|asking|trying"
    r"|how (?:do|can|could) (?:i|we)|let me|let us|is there (?:a way|any way|someone|somebody|anyone|anybody))"
)
_CALL = (
    r"(?:call|phone|ring|contact|e-?mail|text|write to|get back to|get in touch with|reach out to|speak (?:to|with)"
    r"|talk to)"
)
_PERSON_EN = (
    rf"\b(?:{_WISH})\b.{{0,25}}\b{_SPEAK} (?:to |with |me (?:to|with) )(?:an? |the |your |one of (?:your|the) "
    rf"|a member of )?{_HUMAN}\b",
    rf"(?:^|[.,!;] |please )(?:just )?(?:let me )?(?:talk|speak|chat|connect|transfer|switch|forward|pass|hand|put"
    rf"|get)(?: me)?(?: over| through| on)? "
    rf"(?:to|with) (?:an? |the |your |one of (?:your|the) )?{_HUMAN}\b",
    r"\b(?:put me through|transfer me|connect me|forward me|hand me over|pass me on|escalate (?:this|me))\b",
    r"\b(?:get|give|find|fetch) me (?:an? |the |your )?(?:real |live |actual )?(?:human|person|agent|manager"
    r"|supervisor|representative|operator|someone real)\b",
    r"\b(?:want|need|like|prefer|give me|rather have|would like|looking for) an? (?:(?:real|live|actual|human) "
    r"(?:person|human|agent|operator|representative|being|assistant)|human|representative|live (?:chat|support))\b",
    r"\b(?:want|need|would like) an? (?:agent|operator|person|manager|supervisor)(?: please| now)?[.!?]*$",
    r"\b(?:real|live|actual|human) (?:person|human|agent|operator|representative|support|being)s?(?: please| pls"
    r"| now| only)?[.!?]*$",
    r"^(?:an? |the |your )?(?:human|person|agent|operator|representative|manager|supervisor|customer (?:service"
    r"|support))s?"
    r"(?: please| pls| now)?[.!]*$",
    r"\bis (?:there )?(?:an? )?(?:human|real person|live agent|live person|agent|someone|somebody|anyone"
    r"|anybody) (?:available|around|free|here|there)?"
    r" ?(?:(?:that |who )?(?:i|we) (?:can|could|may) (?:talk|speak|chat)|to (?:talk|speak|chat) (?:to|with)\b"
    r"|available to (?:talk|chat|speak))",
    r"\b(?:human|real person|person|agent|someone|somebody) (?:can |could |please |to )*(?:take (?:this )?over"
    r"|step in)\b",
    r"\b(?:can|could|may) (?:i|we) (?:phone|call|ring) (?:someone|somebody|a person)\b|\bget me (?:someone"
    r"|somebody)\b",
    r"\bis (?:there )?(?:an? )?(?:human|real person|live agent)(?: being)? (?:available|there|around|here)\b",
    rf"\b(?:can|could|will|would|may|please|have|ask|let|need|want|get|like|possible for) (?:some(?:one|body)"
    rf"|any(?:one|body)|an? (?:person|human|"
    rf"real person|agent|colleague|manager|member of staff|representative)|one of your (?:team|staff|colleagues)"
    rf"|your (?:team|staff|manager|boss)) "
    rf"(?:please |to |from [a-z ]{{1,20}} ){{0,2}}{_CALL} (?:me|us)\b",
    r"\b(?:can|could|would|will) (?:you|u|they) (?:please |kindly |just ){0,2}(?:(?:call|phone|ring) (?:me|us)\b"
    r"(?! (?:an?|the|some|your|if) )|give (?:me|us) an? (?:call|ring)\b)",
    r"\b(?:please|pls) (?:call|phone|ring) (?:me|us)\b|\bcall me (?:back|please|asap)\b|^(?:call|phone"
    r"|ring) me(?: back| at| on| now| today| tomorrow| please|[.!]|$)",
    r"\b(?:want|need|like|request|arrange|get|have) an? (?:call ?-?back|phone call|call)\b(?! cent| butt| rec)"
    r"|\bgive me a (?:call|ring)\b",
    r"\b(?:talk|speak|talking|speaking|chat|chatting) (?:to|with) an? (?:bot|robot|machine|computer|chatbot"
    r"|ai)\b.{0,40}\b(?:human|person|someone)\b",
    r"\b(?:don't|do not|not|stop|no|sick of|tired of) (?:want to |like to |wanna )?(?:talk|talking|speak|speaking"
    r"|chat|chatting) (?:to|with) "
    r"(?:an? |this |the )?(?:bot|robot|machine|computer|chatbot|ai)\b",
)
# Spanish
_WHO_ES = (
    r"(?:(?:con )?(?:un|una|el|la|algun|alguna|otro|otra|su|tu|vuestro) )?(?:persona(?:s)?(?: de verdad| real"
    r"| humana)?|human[oa]|ser humano|agente|asesora?|operadora?|"
    r"representante|encargad[oa]|gerente|jef[ea]|due(?:n)o|duena|responsable|comercial|companer[oa]|emplead[oa]"
    r"|mecanico|tecnico|supervisora?|alguien|"
    r"atencion al cliente|soporte|recepcion|servicio al cliente|equipo|ejecutiv[oa])"
)
_PERSON_ES = (
    rf"\b(?:hablar|chatear|comunicarme|conversar) con {_WHO_ES}\b",
    rf"\b(?:pasame|paseme|pasadme|pasenme|comunicame|comuniqueme|comuniquenme|ponme|pongame|ponedme|conectame"
    rf"|conecteme|transfiereme|transfierame|derivame) "
    rf"(?:ya )?(?:con|a) {_WHO_ES}\b",
    r"\b(?:quiero|necesito|quisiera|prefiero|deseo|dame|deme) (?:a )?un[oa]? (?:human[oa]|persona (?:real|humana"
    r"|de verdad)|agente|asesora?|operadora?|representante|ser humano)\b",
    r"\b(?:agente|operador|operadora|representante|humano|persona real|asesor)(?:,? por favor| ya|,? porfa)\b"
    r"|^(?:un |una )?(?:agente|operador|humano|persona real|asesor)[.!]*$",
    r"\b(?:que )?(?:me|nos) (?:atienda|atiendan|llame|llamen|contacte|contacten|ayude) (?:un|una|alguien"
    r"|algun)\b(?! (?:bot|robot|maquina))",
    r"\b(?:puede|pueden|podria|podrian|podeis|puedes|podriais) (?:alguien |una persona )?(?:llamarme|llamarnos"
    r"|contactarme|telefonearme)\b",
    r"\b(?:me|nos) (?:puede|pueden|podria|podrian|podeis|puedes|podriais) (?:llamar|telefonear)\b|\balguien (?:me "
    r"|que me )(?:pueda |puede )?(?:llame|llamar|llama|contacte)\b",
    r"\balguien (?:puede |podria )?llamarme\b|\bque (?:me|nos) (?:llame|llamen)\b|\b(?:llamame|llameme|llamenme"
    r"|llamadme)\b",
    r"\b(?:puede|podria|pueden) atender(?:me|nos) (?:una? )?(?:human[oa]|persona|agente|asesora?)\b",
    r"\b(?:atencion|persona|asistencia|ayuda) humana\b|\bhablar con (?:un )?humano\b",
    r"\bno quiero (?:seguir )?(?:hablar|hablando|chatear) con (?:un |una |este |el )?(?:bot|robot|maquina|chatbot"
    r"|ordenador)\b",
)
# German
_WHO_DE = (
    r"(?:(?:einem|einer|'nem|nem|ner|dem|der|ihrem|eurem|ihrer|eurer)\b ?)?(?:(?:echten|richtigen|wirklichen|realen"
    r"|lebenden|menschlichen|anderen)\b ?)?(?:menschen|person|"
    r"mitarbeiter(?:in|n)?|berater(?:in)?|kolleg(?:en|in)|verkaufer(?:in)?|chef(?:in)?|kundenservice|kundendienst"
    r"|kundenberater|support|service|jemand(?:em|en)?|"
    r"ansprechpartner(?:in)?|team|werkstatt|zustandigen|vorgesetzten|mechaniker|inhaber|personal|sachbearbeiter)"
)
_PERSON_DE = (
    rf"\bmit {_WHO_DE}\b.{{0,25}}\b(?:sprechen|reden|chatten|telefonieren|schreiben|verbunden|verbinden|unterhalten"
    rf"|kontakt)\b",
    rf"\b(?:sprechen|reden|sprache|rede|verbinde[nt]?|verbinden sie)\b(?: sie| ihr"
    rf"| du)?(?: mich)?(?: bitte)? mit {_WHO_DE}\b",
    r"\bverbinde[nt]?(?: sie)? (?:mich|uns)\b|\bstellen sie mich durch\b|\bjemand(?:en|em)?,? (?:mit dem"
    r"|mit der) ich (?:sprechen|reden)\b",
    r"\b(?:will|mochte|brauche|hatte gerne?|gebt mir|geben sie mir|gib mir) (?:bitte )?(?:einen|eine|ein|'nen"
    r"|nen) (?:(?:echten?|richtigen?|wirklichen?|realen?|menschlichen?) (?:menschen|person|"
    r"mitarbeiter|berater|ansprechpartner)|menschen|mitarbeiter|ansprechpartner|berater)\b(?! (?:der|die|das|fur"
    r"|mit))",
    r"^(?:ein(?:en)? |eine )?(?:(?:echter?n?|richtiger?n?|menschlicher?n?) )?(?:mensch(?:en)?|mitarbeiter(?:in)?"
    r"|berater|kundenservice|kundendienst|person)(?:,? bitte)?[.!]*$",
    r"\b(?:gib|gebt|geben sie) (?:mir|uns) (?:sofort |jetzt |bitte |endlich )+(?:einen |eine )(?:mitarbeiter|mensch"
    r"|berater)",
    r"\b(?:mensch|mitarbeiter|jemand)\b.{0,15}\bubernehmen\b",
    r"\becht(?:er|en|e)? (?:mensch(?:en)?|person|mitarbeiter)(?:,? bitte)?[.!?]*$",
    r"\b(?:kann|konnte|wurde|soll|mochte|konnten|kannst|konnt|konnen)\b(?: (?:mich|uns|bitte|jemand|sie|ihr|du|einer"
    r"|mal|vielleicht|von ihnen|von euch)){0,3}"
    r" (?:mich|uns|jemand|einer)\b.{0,25}\b(?:anrufen|zuruckrufen|kontaktieren)\b",
    r"\b(?:rufen sie|ruft|ruf) (?:mich|uns) (?:doch |mal |bitte |jetzt |morgen |heute )*(?:an|zuruck)\b|\b(?:bitte"
    r"|um)(?: um)?(?: einen)? ruckruf\b|\bruckruf bitte\b|\b(?:mochte|brauche|hatte gerne?|bitte"
    r"|wunsche)\b.{0,15}\bruckruf\b",
    r"\bjemand(?:en)?\b.{0,20}\b(?:mich|uns) (?:anruft|zuruckruft|kontaktiert|anrufen|zuruckrufen)\b",
    r"\b(?:nicht|keine lust)\b.{0,12}\bmit (?:einem|einer|'nem|nem|diesem|so einem|dem) (?:bot|roboter|maschine"
    r"|computer|chatbot|automaten)\b",
)
# French
_WHO_FR = (
    r"(?:(?:un|une|le|la|l'|votre|vos|d'autre|un autre|une autre) ?)?(?:(?:vraie?|veritable|autre) )?(?:etre humain"
    r"|humaine?|personne|conseill(?:er|ere)|agent|"
    r"operateur|operatrice|representant|responsable|employee?|vendeur|vendeuse|collegue|gerante?|patron|directeur"
    r"|directrice|quelqu'un|service client(?:s|ele)?|"
    r"support|technicien|mecanicien|accueil|manager|equipe)"
)
_PERSON_FR = (
    rf"\b(?:parler|discuter|echanger|communiquer|en (?:relation|contact"
    rf"|ligne))(?: directement| plutot)? (?:a|avec|au|aux) ?{_WHO_FR}\b",
    rf"\b(?:passez|passe|mettez|transferez|transfere|connectez|redirigez)[- ]moi (?:donc |en (?:relation|contact"
    rf"|ligne) )?(?:a |avec |vers |au )?{_WHO_FR}\b",
    r"\b(?:humain|conseiller|personne)\b.{0,15}\b(?:prendre|prenne) le relais\b",
    r"\bjoindre (?:quelqu'un|un (?:conseiller|humain|responsable|agent))\b",
    r"\b(?:veux|voudrais|souhaite|prefere|besoin d'|besoin de|faut|aimerais|donnez-moi)(?: avoir)? ?(?:un"
    r"|une) (?:(?:vraie?|veritable) (?:personne|humain|conseiller|etre humain|interlocuteur)|humain|conseill(?:er"
    r"|ere)|interlocuteur|agent|operateur)\b(?! (?:immobilier|de voyages))",
    r"^(?:un |une )?(?:(?:vraie? )(?:personne|humain|conseiller)|humain|conseill(?:er|ere)|agent|operateur"
    r"|service client)(?:,? (?:s'il (?:vous|te) plait|svp|stp))?[.!]*$",
    r"\bquelqu'un\b.{0,15}\b(?:m'appeler|me rappeler|m'appelle|me rappelle|nous appeler|nous rappeler|me contacter"
    r"|me contacte|me telephoner)\b",
    r"\b(?:pouvez|pourriez|peux|peut|pourrait|pourrais)(?:[- ](?:vous|tu|on|il))?\b.{0,12}\b(?:m'appeler|me rappeler"
    r"|me telephoner|nous rappeler|nous appeler)\b|\b(?:rappelez|appelez|rappelle|appelle)-moi\b",
    r"\b(?:etre|qu'on me|que l'on me) (?:rappelee?s?|recontactee?|rappelle|contactee?)\b|\bmis(?:e)? en (?:relation"
    r"|contact) avec\b|\bje veux un rappel\b",
    r"\b(?:veux|voudrais|envie)\b.{0,5} (?:pas|plus)\b.{0,12}\b(?:parler|discuter)\b.{0,8}\b(?:un |une "
    r"|ce )?(?:robot|bot|machine|chatbot|ordinateur|ia)\b",
)
# Arabic
_WHO_AR = (
    r"(?:ال)?(?:شخص|موظف(?:ه|ة|ين)?|انسان|احد|احدكم|حد|مسوول|ممثل|مدير|بشر(?:ي)?|مندوب|خدم(?:ه|ة) (?:ال)?(?:عملا"
    r"|زباين)(?:ء)?|دعم|فني|وكيل|"
    r"اداره|ادارة|فريق|صاحب|مستشار|استقبال|واحد)"
)
_PERSON_AR = (
    rf"(?:اتحدث|نتحدث|التحدث|تحدث|اتكلم|الكلام|اكلم|التكلم|الحديث|التواصل|اتواصل|احكي|الدردش[هة]|احجي"
    rf"|كلام)(?: مباشر[هة]?)? (?:مع |الي |الى )?{_WHO_AR}",
    rf"(?:حولني|حولوني|وصلني|وصلوني|حولي|تحويلي|حول المحادث[هة])(?: (?:الي|الى|علي|على|مع|ل))?(?: ل"
    rf"| لل)? ?{_WHO_AR}?",
    r"(?:اريد|ابغى|ابغي|ابي|بدي|عايزه?|عاوزه?|محتاج|احتاج|ارغب في|اود) (?:ال)?(?:شخص(?:ا)?|موظف(?:ا)?"
    r"|انسان(?:ا)?)(?: حقيقي(?:ا)?| بشري(?:ا)?)?(?! (?:الذي|اللي))(?:$|[ .!؟])",
    r"(?:شخص|موظف|انسان)(?:ا)? (?:حقيقي|بشري)(?:ا)?|^(?:ال)?(?:موظف|انسان|مندوب|خدم[هة] العملاء?)(?: من فضلك"
    r"| لو سمحت| رجاء)?[.!]*$",
    r"(?:احد|حد|شخص|واحد|احدكم|احد منكم)(?: ما)? (?:ان )?(?:يتصل|يكلمن|يتواصل|الاتصال|يرن|يدق|يحاكين|يهاتفن)"
    r"|(?:اتصلوا|اتصل|كلموني|كلمني|تواصلوا|رنوا) (?:بي|فيني|عليا|علي|معي|معايا)",
    r"\b(?:ليتصل|فليتصل|يتصلوا|تتصلوا) بي\b|\b(?:اعطني|اعطوني|عطني|هات لي) (?:موظف|شخص|انسان)",
    r"^(?:رجاء |من فضلك )?كلموني|(?:ممكن|هل يمكن(?:كم|ك)?|تقدرون|تقدروا|يمكنكم|ارجو|اريد منكم|ياريت) (?:ان )?(?:تتصل"
    r"|الاتصال بي|تتصلوا|تتصلون|تكلموني|تكلمني)",
    r"لا اريد (?:التحدث|الكلام|ان اتحدث|ان اتكلم) (?:مع|الي|الى) (?:ال)?(?:روبوت|بوت|ال[هة]|ماكين[هة])",
)
PERSON = "|".join((*_PERSON_EN, *_PERSON_ES, *_PERSON_DE, *_PERSON_FR, *_PERSON_AR))
# Not wanting to, and asking what the assistant is or whom one spoke to.
NOT_PERSON = "|".join((
    rf"\b(?:don't|do not|didn't|no need|not need|without having|rather not|not want|don't have"
    rf"|do not have)\b(?: \w+){{0,3}} {_SPEAK} (?:to |with )(?:an? |the |your )?{_HUMAN}\b",
    r"\b(?:al|tras|despues de|acabo de|ayer|he podido|pude|apres avoir|j'ai pu|viens de) (?:hablar|parler"
    r"|discuter)\b",
    r"^(?:hi |hello |hey |so )?(?:are you|is this|am i (?:talking|speaking|chatting))\b",
    r"\bno (?:quiero|necesito|hace falta|deseo) (?:hablar|chatear|tratar) con (?:una? )?(?:persona|humano|agente"
    r"|nadie|alguien|asesor)\b",
    r"\bno (?:quiero|hace falta|es necesario) que (?:me|nos) (?:llame|llamen|contacte|contacten)\b",
    r"\b(?:don't|do not|no need to|not) (?:call|phone|ring) me\b|\b(?:don't|do not) want (?:an? )?(?:call|phone call"
    r"|callback)\b",
    r"\bmit (?:einem |einer )?(?:menschen|mitarbeiter|jemandem)\b.{0,10}\bnicht (?:sprechen|reden)\b|\b(?:nicht"
    r"|kein)\b.{0,6}\b(?:anrufen|zuruckrufen|anruf|ruckruf)\b",
    r"\b(?:pas|plus) (?:besoin de |envie de )?(?:parler|etre rappelee?)(?: (?:a|avec) (?:une personne|un humain"
    r"|quelqu'un|un conseiller))?[.!]*$|\bne (?:me|m')(?:rappelez|appelez) pas\b",
    r"لا (?:اريد|داعي|احتاج)(?: ان| الي| الى)? (?:اتحدث|التحدث|الكلام|اتكلم|ل?لتحدث) مع (?:موظف|شخص|احد|انسان)",
))  # fmt: skip

COMPLAINTS = "|".join((
    r"\b(?:make|file|lodge|raise|submit|have|register|put in) (?:an? |another |my |the )?(?:formal |official "
    r"|serious )?complaints?\b(?! (?:that|about) (?:is|was) not)",
    r"\b(?:want|like|need|have|going|wish) to complain\b|\bi(?:'m| am) complaining\b|^(?:a )?complaint\b",
    r"\b(?:poner|presentar|hacer|interponer|tengo|quiero) (?:una |otra |mi )?(?:queja|reclamacion|reclamo"
    r"|hoja de reclamaciones|denuncia)\b|\b(?:quiero|quisiera|vengo a) (?:quejarme|reclamar)\b"
    r"|\bhoja de reclamaciones\b",
    r"\b(?:mochte|will|muss|wollte|habe|reiche)\b.{0,25}\b(?:beschwerde|reklamation|beschweren|reklamieren)\b"
    r"|\bbeschwerde (?:einreichen|einlegen)\b",
    r"\b(?:deposer|faire|porter|adresser|envoyer|formuler) (?:une |ma )?(?:plainte|reclamation)\b|\b(?:veux|voudrais"
    r"|souhaite|viens) me plaindre\b|\bj'ai une reclamation\b",
    r"(?:تقديم|اقدم|اقدم|ارفع|رفع|عندي|لدي|تسجيل) (?:ال)?شكو[ىي]|(?:اريد|ابغى|بدي|عايز|اود) (?:ان )?(?:اشتكي|اشكو)",
))  # fmt: skip

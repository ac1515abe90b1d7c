"""What is talk and no value: questions, courtesies, waiting, refusals, in five languages."""

import re
from functools import cache

_LONGEST_CHAT = 80
_THING = r"(?:i|you|we|it|he|she|they|there|this|that|the|your|my|a|an|any|these|those|someone|anyone|not)"
_STARTERS = (
    r"(?:and |but |so |ok |okay |y |und |et |mais |aber |pero |و)?(?:"
    r"(?:what|who|when|where|why|how|which|whose|what's|who's|where's|how's)\b(?! (?:a nice|a great))"
    rf"|(?:can|could|would|will|do|does|did|is|are|am|was|were|should|shall|may|must|has|have|isn't|aren't|don't|"
    rf"doesn't"
    rf"|can't) {_THING}\b"
    r"|(?:tell|show) me\b|let me know\b|(?:i want|i'd like|i would like|i need) to (?:know|ask)\b|i have a question"
    r"|any (?:chance|idea|discount)\b|just wondering|wondering (?:if|whether)"
    r"|¿|(?:que|cual|cuales|cuanto|cuanta|cuantos|cuantas|cuando|donde|quien|por que|como (?!\d)|puedo|puedes|puede|"
    r"pueden|podria|podrian|tienen|tienes|tiene usted|hay|es posible|aceptan|hacen|dime|digame|me puedes|me puede)\b"
    r"|(?:was|wer|wie|wo|wann|warum|welche[rsn]?|wieviel|wohin|woher|kann (?:ich|man|mir)|konnen (?:sie|wir)|kannst du|"
    r"konnten sie|gibt es|haben sie|hast du|darf ich|ist (?:es|das|der|die)|sind (?:sie|die)|muss ich|sagen sie mir)\b"
    r"|(?:quel|quelle|quels|quelles|combien|comment|pourquoi|quand|qui|que|qu'est-ce|est-ce|puis-je|pouvez-vous|"
    r"peux-tu|avez-vous|as-tu|y a-t-il|vous avez|vous pouvez|dites-moi|peut-on|ou (?:est|se|sont|puis))\b"
    r"|(?!rendez-)[^\W\d]{2,20}-(?:vous|tu|t-il|t-elle|t-on|on|ils)\b"
    r"|(?:هل|ما|ماذا|كم|متى|اين|كيف|لماذا|من هو|ممكن|اخبرني) )"
)
CHAT = (
    r"(?:ok|okay|k|alright|all right|sure(?: thing)?|of course|yes|yeah|yep|yup|no|nope|nah|please|thanks?(?: a lot|"
    r" so much)?|"
    r"thank you(?: (?:so|very) much)?|thx|ty|cheers|great|good|nice|fine|cool|perfect|awesome|excellent|wonderful|"
    r"lovely|"
    r"sounds (?:good|great)|got it|i see|makes sense|right|correct|exactly|no problem|no worries|you're welcome|"
    r"(?:hi|hello|hey|hiya|howdy)(?: there)?|good (?:morning|afternoon|evening|day|night)|bye|goodbye|see you|"
    r"(?:nice|pleased|glad|good) to (?:meet|see|hear from) you(?: too)?|how are you|what's up|lol|haha|hmm+|wow|oh|"
    r"ah|um|uh|"
    r"(?:just )?(?:give me )?(?:a|one|two|\d{1,2}) (?:moments?|mo|minutes?|mins?|secs?|seconds?)|"
    r"(?:just )?(?:wait|hold on|hang on|brb|be right back)|let me (?:check|think|see)|i'm (?:back|here|good|fine|ok)|"
    r"here (?:you go|it is)|that's it|that's all|whatever|maybe|perhaps|never ?mind|"
    r"vale|si|claro(?: que si)?|por supuesto|gracias|muchas gracias|mil gracias|por favor|hola|buen(?:os|"
    r"as) (?:dias|tardes|"
    r"noches)|adios|hasta luego|perfecto|genial|de acuerdo|bueno|bien|muy bien|un (?:momento|minuto|segundo)|espera|"
    r"encantad[oa]|mucho gusto|entiendo|ya veo|aqui (?:tienes|tiene|esta)|quizas|tal vez|"
    r"ja|nein|bitte|danke(?: schon| sehr)?|vielen dank|hallo|guten (?:tag|morgen|abend)|servus|moin|tschuss|super|klar|"
    r"gerne?|gut|prima|toll|alles klar|verstehe|genau|(?:einen? )?(?:kleinen )?moment|sekunde|warte(?:n sie)?|"
    r"freut mich|auf wiedersehen|vielleicht|hier bitte|"
    r"oui|non|merci(?: beaucoup| bien)?|s'il (?:vous|te) plait|svp|bonjour|bonsoir|salut|au revoir|d'accord|parfait|"
    r"tres bien|bien sur|enchantee?|je vois|je comprends|(?:un|une) (?:instant|moment|minute|seconde)|attendez|attends|"
    r"peut-etre|voila|voici|"
    r"نعم|لا|شكرا(?: جزيلا| لك)?|من فضلك|لو سمحت|مرحبا|اهلا(?: وسهلا)?|السلام عليكم|صباح الخير|مساء الخير|حسنا|تمام|"
    r"طيب|جيد|"
    r"ممتاز|لحظة|دقيقة|انتظر|تشرفنا|مع السلامة|ربما|تفضل|اوكي|اكيد|طبعا|بالتاكيد)"
)
_REFUSALS = (
    r"\b(?:rather not|prefer not|prefer to not|no comment|none of your business|not comfortable|keep (?:it|"
    r"that) private)\b",
    r"^(?:no|nope|nah)?,? ?(?:thanks|thank you|thx),? ?(?:but )?no\b|\bno,? (?:thanks|thank you|thx)\b",
    r"^(?:please )?(?:skip|pass|next|nope|no|nah|no way|not now|maybe later|later|private|not (?:needed|necessary|"
    r"today|yet))"
    r"(?: (?:it|this|that|please|one|question|for now|thanks))*$",
    r"\b(?:won't|will not|don't want to|do not want to|not going to|don't wish to|refuse to|not willing to|"
    r"don't like to|"
    r"can't|cannot) (?:\w+ )?(?:say|share|give|tell|provide|answer|disclose|leave|send|reveal)\b",
    r"\b(?:don't|do not) (?:have|use) (?:an? |any )?(?:e-?mail|phone|mobile|one|number|company)\b|^no (?:e-?mail|"
    r"phone|mobile)$",
    r"^(?:i )?(?:really )?(?:don't know|do not know|dunno|idk|no idea|not sure)(?: yet| sorry)?$|"
    r"^i'm not sure(?: yet)?$",
    r"\bprefiero no\b|\bno,? gracias\b|\bpreferiria no\b|\bmejor no\b",
    r"^(?:no|paso|saltar|omitir|siguiente|ahora no|luego|mas tarde|no quiero|ni idea|no (?:lo )?se(?: aun| todavia)?)$",
    r"\bno (?:te |le |os |lo )?(?:quiero|deseo|voy a|pienso) (?:dar|decir|compartir|dejar|responder|contestar)\w*",
    r"\bno tengo (?:correo|e-?mail|telefono|movil|celular|empresa)\b",
    r"\blieber nicht\b|\bnein,? danke\b|\bkeine (?:angabe|ahnung)\b",
    r"^(?:nein|weiter|uberspringen|spater|jetzt nicht|nicht jetzt|(?:das )?wei(?:ss|ß) ich (?:noch )?nicht)$",
    r"\b(?:mochte|will|werde)\b.{0,30}\bnicht (?:sagen|angeben|nennen|teilen|verraten|preisgeben|geben)\b",
    r"\bich habe kein\w* (?:e-?mail\w*|telefon\w*|handy\w*)",
    r"\bprefere(?:rais)? (?:ne )?pas\b|\bnon,? merci\b|\bpas envie\b",
    r"^(?:non|passer|passe|passons|suivant|plus tard|pas maintenant|(?:je )?(?:ne )?sais pas|aucune idee)$",
    r"\b(?:veux|souhaite|voudrais|vais) pas (?:vous |te |le |la )?(?:donner|dire|partager|communiquer|repondre|"
    r"laisser)\b",
    r"\bpas d(?:'|e )(?:e-?mail|adresse|telephone|mail|portable)\b",
    r"افضل (?:عدم|ان لا|الا)|لا شكرا|لا[,،] شكرا|^(?:لا|تخطي|تخط|لاحقا|ليس الان|لا اعرف|لا ادري)$",
    r"لا (?:اريد|ارغب|احب)(?: في)?(?: ان)? (?:اعطاء|مشاركة|قول|اقول|اعطي|اعطيك|اعطيكم|اشارك|ذكر|اذكر|الافصاح|افصح|ذلك)|"
    r"(?:ليس لدي|ما عندي|لا املك) |^لا داعي(?: لذلك)?$",
    r"^(?:(?:it's|it is|that's|that is|this is|es|eso es|das ist|c'est|هذا) )?(?:too |very |muy |algo |etwas |"
    r"zu |trop |tres )?"
    r"(?:private|confidential|privado|confidencial|privat|vertraulich|prive|confidentiel|personnel|خاص|امر خاص)$",
    r"\bdas (?:sage|verrate|nenne) ich (?:ihnen |dir )?(?:lieber )?nicht\b|\bgeht (?:sie|dich|euch|"
    r"niemanden) nichts an\b",
    r"^ohne (?:namen?|e-?mail\w*|telefon\w*|nummer)(?: bitte)?$|\b(?:vous|te) regarde pas\b",
    r"\bno me (?:gusta|apetece) (?:dar|decir|compartir|dejar)\w*|\bno (?:se|te) lo (?:digo|dire|voy a decir)\b",
)


@cache
def _question() -> re.Pattern[str]:
    return re.compile(_STARTERS)


@cache
def _chat() -> re.Pattern[str]:
    return re.compile(rf"{CHAT}(?:[\s,.!:)(-]+{CHAT})*")


@cache
def _refusal() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?=\w)(?:{'|'.join(_REFUSALS)})")


def is_question(folded: str) -> bool:
    """Say whether folded text asks: by its mark, or by how it begins."""
    return "?" in folded or bool(_question().match(folded.strip(" \n,.!-")))


def is_chat(folded: str) -> bool:
    """Say whether folded text is only courtesy, agreement or waiting."""
    return len(folded) <= _LONGEST_CHAT and bool(_chat().fullmatch(folded.strip(" \n,.!:()-")))


def is_refusal(folded: str) -> bool:
    """Say whether a folded sentence declines to answer."""
    return bool(_refusal().search(folded.strip(" \n,.!:()-")))

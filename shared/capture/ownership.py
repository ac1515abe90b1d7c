"""Whose address it is: an e-mail or a number in a sentence about somebody else is not the visitor's."""

import re
from functools import cache
from typing import Literal

from shared.capture.said import Said
from shared.capture.talk import is_question

Whose = Literal["own", "unsaid", "denied", "other"]

NOUN = (
    r"(?:e-?mail-?adresse|e-?mails?(?: address(?:es)?| id)?|mail(?:-?adresse|s| address)?|address|"
    r"phones?(?: numbers?)?|"
    r"numbers?|mobile(?: number| phone)?|cell(?: number| phone)?|telephone(?: number)?|whatsapp(?: number)?|"
    r"contact(?: details| number)?|correos?(?: electronicos?)?|direccion(?: de correo)?|telefonos?|movil|celular|"
    r"numeros?(?: de \w+)?|telefon(?:nummer)?|handy(?:nummer)?|(?:mobil|ruf)?nummer|"
    r"adresse(?: e-?mail| mail| electronique)?|courriel|portable|"
    r"(?:ال)?(?:بريد|ايميل|رقم|هاتف|جوال|موبايل)(?:ي|ك|كم|نا|ه|ها)?)"
)
_PEOPLE = (
    r"(?:wife|husband|spouse|partner|boss|manager|colleague|coworker|co-worker|assistant|secretary|friend|girlfriend|"
    r"boyfriend|son|daughter|mother|mom|mum|father|dad|brother|sister|neighbou?r|accountant|lawyer|landlord|"
    r"esposa|esposo|mujer|marido|jefe|jefa|companero|companera|amigo|amiga|hijo|hija|madre|padre|hermano|hermana|"
    r"vecino|"
    r"frau|mann|chef|chefin|kollege|kollegen|kollegin|freund|freundin|freundes|sohn|tochter|mutter|vater|bruder|"
    r"schwester|mannes|femme|mari|patron|patronne|collegue|ami|amie|fils|fille|mere|pere|frere|soeur|voisin|"
    r"زوجتي|زوجي|اخي|اختي|صديقي|صديقتي|مديري|والدي|والدتي|ابني|ابنتي|امي|ابي|زميلي)"
)
_OWN = (
    rf"\b(?:my|our|mine|mi|mis|nuestr[oa]|meine?[rmn]?|unsere?[rmn]?|mon|ma|notre) (?:[\w-]+ ){{0,2}}{NOUN}(?!\w)",
    r"\b(?:me|us|mich|mir|uns) (?:\w+ ){0,3}(?:at|on|under|via|to|unter|auf|an|per|a|en|al|sur|au)\b",
    r"\b(?:send|forward|mail|email) (?:it|them|that|this|everything|(?:the|your|me|us|a|"
    r"an)(?: \w+){1,2}) (?:over )?to\b",
    r"\b(?:i'm|i am|im) (?:at|on|reachable)\b|\breach me\b|\b(?:call|text|ring|email|mail|message|contact) (?:me|us)\b",
    r"\b(?:escrib|llam|contact|envi|mand)(?:e|a|ar)m(?:e|elo|ela)\b",
    r"\b(?:envi|mand)(?:ar|a|e)(?:me|nos)?l[oa]s?\b|\b(?:l'|les )envoyer\b|\bارسال(?:ه|ها)\b",
    r"\b(?:m'ecrire|m'envoyer|m'appeler|me (?:joindre|contacter|rappeler|l'envoyer)|joignable)\b",
    r"\b(?:ecrivez|envoyez|appelez|contactez|rappelez)-(?:moi|le|la|les)\b",
    r"و?(?:بريدي|ايميلي|رقمي|هاتفي|جوالي|موبايلي|رقم هاتفي|اتصل بي|اتصلوا بي|راسلني|تواصل معي|ارسله|ارسلها)",
)
_POSSESSIVE = rf"(?<!here)(?<!it)(?<!that)(?<!there)(?<!what)'s (?:[\w-]+ ){{0,2}}{NOUN}(?!\w)"
_OTHER = (
    rf"\b(?:your|his|her|their|its|another|other|tu|su|sus|vuestr[oa]|deine?[rmn]?|ihre?[rmn]?|seine?[rmn]?|eure?|"
    rf"votre|vos|ton|son|sa|leur) (?:[\w-]+ ){{0,3}}{NOUN}(?!\w)",
    r"(?:بريدكم|بريدك|ايميلكم|ايميلك|رقمكم|رقمك|هاتفكم|هاتفك|القديم|القديمة|السابق|كان)(?!\w)",
    rf"(?<!\w){_PEOPLE}(?!\w)",
    r"\b(?:old|previous|former|outdated|used to|anymore|was|were|antigu[oa]|viej[oa]|anterior|era|alte[rns]?|"
    r"fruhere[rn]?|ehemalige|war|ancien(?:ne)?|vieille|vieux|etait|cc|bcc)\b",
    r"\b(?:i|we|i've|i have|they|he|she)(?: \w+){0,2} (?:wrote|written|emailed|mailed|called|contacted|tried|messaged|"
    r"phoned|sent|got|received|found|saw|read)\b",
    r"\b(?:he (?:escrito|enviado|llamado)|escribi|recibi|encontre|j'ai (?:ecrit|envoye|appele|recu|trouve|contacte))\b",
    r"\bwork(?:ed|ing)? (?:with|for)\b|\b(?:spoke|talked|speaking|talking) (?:to|with)\b|\b(?:hable|hablando) con\b|"
    r"\bparle (?:a|avec)\b|\bgesprochen\b|\bunsubscribe\b|\blost access\b|\byour (?:web)?(?:site|page|shop|store)\b",
    r"\b(?:don't|do not|stop|never|no longer) (?:\w+ ){0,2}(?:send|sending|write|writing|mail|mailing|email|emailing|"
    r"contact|contacting|use|using)\b",
    r"(?:ارسلت|راسلت|كتبت الى|وصلني|اتصلت)",
    r"(?:\bfrom|\binstead of|\bvon|\bstatt|\ben (?:vez|lugar) de|\bau lieu de|\bde la part de|بدلا من| من) ?$",
)
_DENIED_BEFORE = (
    r"\b(?:not|isn't|ain't|wasn't|nicht|pas|no es|no era)(?: at| a| my| the)? ?$|"
    r"\b(?:no longer|ya no|nicht mehr|ne plus)(?: use| have| using| uso| es| tengo)?(?: at)? ?$|(?:ليس|ليست|وليس) ?$"
)
_DENIED_AFTER = (
    r"^[\s,]{0,2}(?:is|was|ist|war|es|esta|est|هو)? ?(?:completely |totally )?(?:wrong|incorrect|outdated|old|falsch|"
    r"mal|incorrect[oa]|equivocad[oa]|fau(?:x|sse)|not (?:right|correct|mine|my)|no longer|nicht|n'est (?:pas|plus)|"
    r"no es|ya no|(?:is|was) an? (?:typo|mistake)|خطا|خاطئ|غير صحيح|ليس)\b|"
    r"^.{0,20}\b(?:bounces?|bounced|(?:doesn't|does not|isn't|is not) work(?:ing)?|funktioniert nicht|no funciona|"
    r"ne (?:marche|fonctionne) pas)\b"
)
_OTHER_AFTER = (
    rf"^[\s,]{{0,2}}(?:[^\W\d]+ ){{0,3}}(?:your|his|her|their|tu|su|vuestro|deine?|ihre?|votre|ton|old|alte|antiguo)"
    rf" (?:[\w-]+ ){{0,2}}{NOUN}(?!\w)|^ (?:is|was|es|era|ist|est|gehort|belongs to)(?: \w+){{0,2}} {_PEOPLE}(?!\w)|"
    rf"^ (?:was|war|era|etait|belongs|gehort)\b|"
    rf"^ ?\((?:\w+ )?{_PEOPLE}(?!\w)|"
    r"^.{0,60}\b(?:geschrieben|geschickt|gesendet|angerufen|gefunden)\b"
)
_DELIMITER = r", |: | - | – | — |\n|(?<!\w)(?:but|and|now|y|pero|sino|aber|und|sondern|et|mais|و|لكن|ولكن|بل) "


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    own, other = (rf"(?<!\w)(?:{'|'.join(table)})" for table in (_OWN, _OTHER))  # tried where a word begins only
    people = rf"(?<!\w){_PEOPLE}(?!\w)"
    sources = (own, f"{other}|{_POSSESSIVE}", _DENIED_BEFORE, _DENIED_AFTER, _OTHER_AFTER, _DELIMITER, people)
    return tuple(re.compile(source) for source in sources)


def clause_start(said: Said, start: int, floor: int) -> int:
    """Return where the part of the sentence that `start` lies in begins, not before `floor`."""
    begin = max(said.sentence_at(start).start, floor)
    delimiter = _patterns()[5]
    for match in delimiter.finditer(said.folded, begin, start):
        if match.group() != ": ":  # a colon announces: what stands before it belongs to the value
            begin = match.end()
    return begin


def whose(said: Said, start: int, end: int, floor: int) -> Whose:
    """Return whose address stands between `start` and `end`; `floor` is where the one before it ended."""
    own, other, denied, denied_after, other_after, _, people = _patterns()
    sentence = said.sentence_at(start)
    begin = clause_start(said, start, floor)
    before, after = said.folded[begin:start], said.folded[end : max(sentence.end, end)]
    if denied.search(before) or denied_after.search(after) or _sino(before, after):
        return "denied"
    if other.search(before) or other_after.search(after):
        return "other"
    if own.search(before):
        return "own"
    if people.search(said.folded, sentence.start, start) or _asked(said, start, end):
        return "other"
    return "unsaid"


def _sino(before: str, after: str) -> bool:
    """Say whether this is "no a sino b": "no" alone would rather announce a correction."""
    return before.rstrip().endswith("no") and " sino " in after


def _asked(said: Said, start: int, end: int) -> bool:
    """Say whether the address stands in a question, one that is more than "ana@x.com ok?"."""
    sentence = said.sentence_at(start)
    before, after = said.folded[sentence.start : start], said.folded[end : max(sentence.end, end)]
    long = len(before.split()) + len(after.split()) > 1
    return long and (sentence.asks or is_question(f"{before}x{after}"))

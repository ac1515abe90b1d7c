"""The assistant never asks for what it knows: a question for a locked field is cut out of the sentence that asks it.

`check` works clause by clause. A clause that asks for known fields only is left out, with what merely leads up to it;
one that asks for several keeps the unknown ones: "your name and e-mail" becomes "your e-mail".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from shared.domain.fields import BUILT_IN, FieldSpec
from shared.domain.folding import fold

_ALIKE = 0.6  # of the words of a field's own question: then it is that question
_FEWEST_ALIKE = 3
_QUOTED = re.compile(r"@|\d(?:[\d ().-]*\d){5}")  # a value in the sentence: it is repeated, not asked for

_NOUNS: Mapping[str, str] = {
    "name": r"(?:full |first |last |given |family |complete )?names?|surname|nombre(?: completo)?(?: y apellidos?)?|"
    r"apellidos?|(?:vor- und nach|vor|nach|vollstandigen )?namen?|nom(?: complet| de famille)?|prenom|"
    r"ب?اسمك(?:م)?(?: الكامل)?",
    "email": r"e-?mail(?:[- ]?adresse| address(?:es)?| id)?|mailadresse|mail(?: address)?|"
    r"(?:direccion de )?(?:correo(?: electronico)?|e-?mail)|adresse (?:e-?mail|mail|electronique|courriel)|courriel|"
    r"ب?(?:عنوان )?(?:بريدك|ايميلك)(?:م)?(?: الالكتروني)?",
    "phone": r"(?:(?:phone|mobile|cell|telephone|contact|whatsapp)(?: phone)?(?: number)?|number)|"
    r"numero(?: de (?:telefono|movil|celular|contacto|telephone|portable|mobile))?|telefono|movil|celular|"
    r"telefonnummer|handynummer|mobilnummer|rufnummer|nummer|telephone|portable|"
    r"ب?(?:رقم )?(?:هاتفك|جوالك|موبايلك|تلفونك)(?:م)?|ب?رقمك(?:م)?",
}
_POSSESSIVE = r"(?:your|tu|su|vuestro|vuestra|ihre?[nmr]?|deine?[nmr]?|votre|vos|ton|ta)"
_ADJECTIVE = r"(?:(?:best|preferred|current|own|business|work|contact|good|valid) )?"
_NOT_THAT = (
    r"(?! (?:provider|client|app|program|service|settings|account|newsletter|list|system|model|plan|contract|case|"
    r"screen|brand|server|tag|of|inbox|marketing|signature)\b)"
)
_AND = r",? (?:and|or|as well as|y|e|o|und|oder|sowie|et|ou|&) |, | (?=و)"
_FILL = (
    r"(?:,? (?:please|also|just|quickly|maybe|kindly|me|us|for|bitte|noch|auch|kurz|mir|uns|um|nach|por favor|tambien|"
    r"s'il vous plait|aussi|من فضلك|لي|لنا|ايضا|على|الى),?){0,4}"
)
_GIVE = (
    r"(?:share|tell(?: me| us)?|give(?: me| us)?|send(?: me| us)?|provide(?: me| us)?(?: with)?|leave(?: me| us)?|"
    r"confirm|"
    r"let (?:me|us) (?:know|have)|enter|type|drop(?: me| us)?|remind me(?: of)?|repeat|spell|state|reply with)"
)
_DAR = r"(?:dar|decir|facilitar|indicar|compartir|dejar|proporcionar|enviar|confirmar)"
_ASKS = (
    r"what(?:'s| is| was| are| would be)",
    r"(?:could|can|may|might) (?:i|we)(?: please| also| just| quickly){0,2} (?:have|get|ask(?: you)?|know|take|grab|"
    r"confirm)",
    rf"(?:could|can|would|will) you(?: please| kindly| also| just| quickly){{0,2}} {_GIVE}",
    r"(?:would|do) you mind (?:sharing|telling(?: me)?|giving(?: me)?|leaving|providing|confirming)",
    rf"(?:would|do) you (?:like|want|care) to {_GIVE}",
    r"(?:i|we)(?:'ll|'d| will| would)?(?: just| only| also| still){0,2} (?:need|require|love|like)"
    r"(?: to (?:know|have|get|ask))?",
    r"all (?:i|we) need is|(?:i'm|we're) (?:just |still )?missing",
    r"cual(?:es)? (?:es|son|seria)",
    rf"(?:puede|puedes|podria|podrias|podrian|pueden)(?: por favor)? {_DAR}(?:me|nos)?",
    rf"(?:me|nos) (?:puede|puedes|podria|podrias) {_DAR}",
    r"(?:me|nos) (?:das?|dices?|facilitas?|indicas?|dejas?|compartes?)",
    r"necesit(?:o|amos|aria)|(?:solo )?me falta|me gustaria (?:saber|tener)|(?:puedo|podria) (?:saber|tener|pedir\w*)",
    r"wie lautet|wie ist|was ist|wie lauten|ich (?:brauche|benotige|brauchte)|(?:mir|uns) fehlt",
    r"quel(?:le)?s? (?:est|sont|serait)",
    r"(?:puis-je|pourrais-je|pouvons-nous|est-ce que je (?:peux|pourrais)|je peux)(?: vous)? "
    r"(?:avoir|connaitre|demander|obtenir|savoir|prendre)",
    r"(?:pourriez|pouvez|pourrais|peux)-(?:vous|tu)(?: me| nous)? (?:donner|communiquer|indiquer|laisser|fournir|"
    r"preciser|partager|dire|confirmer|transmettre|rappeler)",
    r"j'(?:ai|aurais) (?:juste |aussi )?besoin de|il me (?:faut|faudrait|manque)|j'aimerais (?:avoir|connaitre)",
    r"و?ما(?: هو| هي)?",
    r"هل (?:يمكنني|يمكن|يمكنك|ممكن|تستطيع|لي)(?: ان)?(?: (?:معرفة|الحصول|اعطائي|تزويدي|مشاركة|مشاركتي|اخباري|ارسال|"
    r"اعرف|"
    r"تعطيني|تخبرني|تشاركني|تزودني))?|احتاج|نحتاج",
)
_COMMANDS = (
    _GIVE,
    r"(?:dime|digame|deme|dame|indicame|indiqueme|facilitame|faciliteme|comparte|comparta|comparteme|dejame|dejeme|"
    r"escribe|escriba|enviame|envieme|confirma|confirme|proporcioname)",
    r"(?:nennen|geben|teilen|hinterlassen|schreiben|schicken|senden|verraten|sagen|bestatigen) sie|"
    r"(?:nenn|gib|sag|schreib|schick|verrate)",
    r"(?:donnez|indiquez|communiquez|laissez|partagez|precisez|dites|envoyez|confirmez|donne|indique|laisse|dis)"
    r"(?:-moi|-nous)?",
    r"(?:اعطني|زودني|شاركني|شارك|ارسل|اكتب|اخبرني|اذكر|(?:يرجى|ارجو) (?:تزويدنا|تزويدي|مشاركة|كتابة|ارسال|ادخال))",
)
_POLITE = (
    r"(?:(?:please|kindly|just|also|and|then|so|now|first|finally|great|perfect|sure|thanks|por favor|y|bitte|und|"
    r"s'il vous plait|et|من فضلك|و|لو سمحت),? ){0,3}"
)
# German puts what is wanted behind: only then it is a request.
_GERMAN = r"(?:darf|durfte) ich|(?:konnten|konnen|wurden|konntest|kannst|wurdest) (?:sie|du)"
_GERMAN_END = (
    r"\b(?:geben|nennen|mitteilen|verraten|hinterlassen|angeben|schicken|senden|sagen|teilen|bestatigen|haben|erfahren|"
    r"bitten|fragen|wissen|notieren)\b"
)
_IDIOMS: Mapping[str, str] = {
    "name": r"who am i (?:speaking|talking|chatting)|(?:how|what) (?:should|may|can|shall) i (?:call|address) you|"
    r"como te llamas|como se llama(?: usted)?(?=\?|$)|con quien (?:hablo|tengo el gusto)|wie hei(?:ss|ß)(?:en sie|"
    r"t du)|"
    r"wie hei(?:sst|ßt) du|mit wem (?:spreche|habe) ich|comment (?:vous appelez-vous|t'appelles-tu|tu t'appelles|"
    r"puis-je "
    r"vous appeler)|a qui ai-je|مع من اتحدث|من معي",
    "email": r"(?:what|which) e-?mail(?: address)? (?:should|can|may|shall|would)|(?:to )?(?:what|which) (?:e-?mail )?"
    r"address (?:should|can|may|shall) (?:i|we) (?:send|use|write)|a que (?:correo|e-?mail)|an welche (?:e-?mail|"
    r"mailadresse)|a quelle adresse (?:e-?mail|mail)|على اي (?:بريد|ايميل)",
    "phone": r"(?:what|which) (?:phone )?number (?:should|can|may|shall|would)|a que (?:numero|telefono)|"
    r"unter welcher (?:telefon|handy|ruf)?nummer|a quel numero|على اي رقم",
}
_STARTER = (
    r"(?:what|which|who|how|when|where|could|can|may|might|would|will|do|does|are|is|shall|should|please (?=\w)|"
    r"i'll|i will|"
    r"i can|we'll|we can|let me|tell|give|share|leave|¿|cual|como|cuando|que|cuanto|podria|podrias|puede|puedes|dime|"
    r"digame|wie|was|wann|welche[rsn]?|konnen|konnten|darf|nennen|geben|mochten|quel|quelle|comment|quand|combien|"
    r"pourriez|pouvez|puis-je|souhaitez|ما|هل|كم|متى|كيف|وما|وهل|وكم)(?!\w)"
)
_CLAUSE = (
    rf"(?:,|;)? (?:and|or|but|y|o|pero|und|oder|aber|et|ou|mais) (?:also )?(?={_STARTER})|, (?={_STARTER})|; |"
    rf" [–—-] |: |"
    rf" و(?={_STARTER})|(?<=[.!?]) | (?=وما|وهل|وكم|¿)"
)
_LEADS_UP = (
    r"(?:to|so that|so|before|in order|if|once|for|as|when|while|finally|first|next|sure|of course|certainly|great|"
    r"perfect|thanks|thank you|and|also|just|by the way|one more thing|okay|ok|yes|no problem|para|antes|si|por cierto|"
    r"claro|perfecto|gracias|um|damit|bevor|wenn|gerne|naturlich|danke|super|pour|afin|avant|d'abord|parfait|merci|"
    r"bien sur|لكي|حتى|قبل|اذا|شكرا|حسنا)(?!\w)"
)
_FOLLOWS_ON = (
    r"(?:so|then|that way|i'll|i will|i can|we'll|we will|we can|para|asi|damit|dann|ich|pour|afin|ainsi|je|nous|"
    r"please$|"
    r"حتى|لكي|كي)(?!\w)"
)
_COURTESY = r"please|bitte|por favor|s'il (?:vous|te) plait|من فضلك|لو سمحت|thanks|thank you|danke|gracias|merci"
_ELSEWHERE = (
    r"\b(?:in|on|into|at) (?:the|our|this|your) (?:\w+ )?(?:form|site|website|page|app|checkout|settings|profile|"
    r"box|field)\b|"
    r"\b(?:en el formulario|en (?:la|nuestra) (?:web|pagina)|im formular|in das formular|auf (?:der|"
    r"unserer) (?:seite|website)|"
    r"dans le formulaire|sur (?:le|notre) site)\b|في النموذج"
)
_FEMININE = r"e-?mail|mail|telefonnummer|handynummer|mobilnummer|rufnummer|nummer"


@dataclass(frozen=True)
class _Item:
    """One thing that is asked for in a list: which field, where it stands, and its possessive ("" none)."""

    field: str
    start: int
    end: int
    owner: str


@dataclass(frozen=True)
class _Patterns:
    asks: re.Pattern[str]
    german: re.Pattern[str]
    item: re.Pattern[str]
    idioms: Mapping[str, re.Pattern[str]]
    groups: Mapping[str, str]
    own_questions: Mapping[str, frozenset[str]]


@lru_cache(maxsize=4096)
def _one(char: str) -> str:
    folded = fold(char)
    return " " if char.isspace() else folded if len(folded) == 1 else {"،": ",", "؟": "?", "’": "'"}.get(char, char)


def _level(text: str) -> str:
    """Return `text` folded like `fold`, but of the same length, so that places in it are places in the text."""
    return text.lower() if text.isascii() else "".join(map(_one, text.replace("’", "'").replace("؟", "?")))


@lru_cache(maxsize=256)
def _patterns(specs: tuple[FieldSpec, ...]) -> _Patterns:
    nouns = {spec.id: _NOUNS.get(spec.id, "") for spec in specs}
    for spec in specs:
        label = re.escape(_level(spec.label)).replace(r"\ ", " ")
        nouns[spec.id] = f"{nouns[spec.id]}|{label}".strip("|")
    groups = {f"f{number}": field for number, field in enumerate(nouns)}
    alternatives = "|".join(f"(?P<{group}>{nouns[field]})" for group, field in groups.items())
    fill = rf"{_FILL} "
    asks = rf"(?:(?<!\w)(?:{'|'.join(_ASKS)})|^\W*{_POLITE}(?:{'|'.join(_COMMANDS)})){fill}"
    return _Patterns(
        asks=re.compile(asks),
        german=re.compile(rf"(?<!\w)(?:{_GERMAN}){fill}"),
        item=re.compile(rf"(?P<owner>{_POSSESSIVE} )?{_ADJECTIVE}(?:{alternatives})(?!\w){_NOT_THAT}"),
        idioms={field: re.compile(rf"(?<!\w)(?:{idiom})") for field, idiom in _IDIOMS.items()},
        groups=groups,
        own_questions={spec.id: _content(_level(spec.question)) for spec in specs if spec.question},
    )


@cache
def _clause() -> re.Pattern[str]:
    return re.compile(_CLAUSE)


@cache
def _small() -> Mapping[str, re.Pattern[str]]:
    table = {
        "and": _AND,
        "leads_up": _LEADS_UP,
        "follows_on": _FOLLOWS_ON,
        "starter": _STARTER,
        "end": _GERMAN_END,
        "elsewhere": _ELSEWHERE,
    }
    return {name: re.compile(pattern) for name, pattern in table.items()}


_BUILT_IN = {spec.id: spec for spec in BUILT_IN}


def check(sentence: str, known: frozenset[str], specs: Mapping[str, FieldSpec] = _BUILT_IN) -> str:
    """Return the sentence without its questions for what is known; "" when nothing else is in it.

    Args:
        sentence: as the visitor would read it, without markup.
        known: the ids of the fields that are locked.
        specs: every field of the business, by id.
    """
    if not known or _QUOTED.search(sentence):
        return sentence
    folded, patterns = _level(sentence), _patterns(tuple(specs.values()))
    clauses = _clauses(folded)
    answers = [_without_known(sentence, folded, place, patterns, known) for place in clauses]
    if all(answer is None for answer in answers):
        return sentence
    return _joined(sentence, folded, clauses, answers)


def _clauses(folded: str) -> list[tuple[int, int]]:
    """Return where the clauses stand, what joins them left out."""
    places, begin = [], 0
    for join in _clause().finditer(folded):
        if join.start() > begin:
            places.append((begin, join.start()))
        begin = join.end()
    return [*places, (begin, len(folded))] if begin < len(folded) else places


def _without_known(
    sentence: str, folded: str, place: tuple[int, int], patterns: _Patterns, known: frozenset[str]
) -> str | None:
    """Return a clause without what is known: None as it is, "" nothing of it."""
    start, end = place
    clause = folded[start:end]
    if any(field in known and idiom.search(clause) for field, idiom in patterns.idioms.items()):
        return ""
    if any(field in known and _is_like(clause, words) for field, words in patterns.own_questions.items()):
        return ""
    items = _asked(clause, patterns)
    if not any(item.field in known for item in items) or _small()["elsewhere"].search(clause, items[-1].end):
        return None
    unknown = [item for item in items if item.field not in known]
    rest = clause[items[-1].end :]
    more = _small()["and"].match(rest) if not unknown else None
    if more and rest[more.end() :].strip(" .?!") and _is_thing(rest[more.end() :]):
        return sentence[start : start + items[0].start] + sentence[start + items[-1].end + more.end() : end]
    if not unknown:
        return ""
    text = sentence[start:end]
    listed = _listed(text, items, unknown)
    return text[: items[0].start] + listed + text[items[-1].end :]


def _asked(clause: str, patterns: _Patterns) -> list[_Item]:
    """Return what the clause asks the visitor for."""
    for match in patterns.asks.finditer(clause):
        if items := _list_at(clause, match.end(), patterns):
            return items
    german = patterns.german.search(clause)
    if german and (items := _list_at(clause, german.end(), patterns)):
        return items if _small()["end"].search(clause, items[-1].end) else []
    begin = len(clause) - len(clause.lstrip(" ¿,")) + (len("and ") if clause.startswith("and ") else 0)
    items = _list_at(clause, begin, patterns)
    elliptic = items and re.fullmatch(rf"(?:,? (?:{_COURTESY}))? ?\?", clause[items[-1].end :])
    return items if elliptic else []


def _list_at(clause: str, position: int, patterns: _Patterns) -> list[_Item]:
    """Return the things listed from `position` on: "your name, e-mail and your phone"."""
    items: list[_Item] = []
    while match := patterns.item.match(clause, position):
        field = next(field for group, field in patterns.groups.items() if match[group])
        if not items and not match["owner"] and clause[match.start() : match.end()].isascii() and position:
            return []  # "what's e-mail marketing?" asks the visitor for nothing
        items.append(_Item(field, match.start(), match.end(), (match["owner"] or "").strip()))
        joined = _small()["and"].match(clause, match.end())
        if not joined:
            break
        position = joined.end() + (1 if clause[joined.end() : joined.end() + 1] == "و" else 0)
    return items


def _is_thing(words: str) -> bool:
    """Say whether these words name another thing that is asked for, rather than say something new."""
    if re.match(rf"(?:{_COURTESY})(?!\w)", words):
        return False
    return not _small()["starter"].match(words) and not _small()["follows_on"].match(words)


def _listed(text: str, items: list[_Item], unknown: list[_Item]) -> str:
    """Return the unknown things as a list, the first with a possessive."""
    words = [text[item.start : item.end] for item in unknown]
    if not unknown[0].owner and items[0].owner:
        first = text[items[0].start : items[0].start + len(items[0].owner)]
        words[0] = f"{_agreeing(first, words[0])} {words[0]}"
    last_join = text[items[-2].end : items[-1].start]
    return ", ".join(words[:-1]) + (last_join if len(words) > 1 else "") + words[-1]


def _agreeing(owner: str, noun: str) -> str:
    """Return the possessive as the noun needs it: German "Ihren Namen" but "Ihre E-Mail"."""
    stem = re.match(r"(ihr|dein)", owner.lower())
    if not stem or not re.match(_FEMININE, noun.lower()):
        return owner
    return owner[: stem.end()] + "e"


def _joined(sentence: str, folded: str, clauses: list[tuple[int, int]], answers: list[str | None]) -> str:
    """Return what is left of the sentence, as a sentence."""
    kept = [index for index in range(len(clauses)) if _is_kept(folded, clauses, answers, index)]
    text, last = "", -1
    for index in kept:
        start, end = clauses[index]
        answer = answers[index]
        words = sentence[start:end] if answer is None else answer
        join = sentence[clauses[index - 1][1] : start] if index and index - 1 == last else ", " if text else ""
        text, last = text + join + words, index
    text = text.strip(" ,;:–—-")
    if not any(char.isalnum() for char in text):
        return ""
    if last != len(clauses) - 1 and text[-1] not in ".!?؟":
        text += "?" if _small()["starter"].match(folded[clauses[last][0] :]) and folded.rstrip().endswith("?") else "."
    if kept[0] and text[-1] == "." and re.match(r"(?:how|what|when|where|which|who)\b", text.lower()):
        text = text[:-1] + "?"  # "let me know your name and how many will come."
    return text[:1].upper() + text[1:] if kept[0] else text


def _is_kept(folded: str, clauses: list[tuple[int, int]], answers: list[str | None], index: int) -> bool:
    """Say whether a clause stays: not one that asks, nor one that only leads up to such or follows from it."""
    if answers[index] == "":
        return False
    if answers[index] is not None:
        return True
    words = folded[clauses[index][0] : clauses[index][1]].strip(" ,;")
    if index + 1 < len(clauses) and answers[index + 1] == "" and _small()["leads_up"].match(words):
        return False
    return not (index and answers[index - 1] == "" and (_small()["follows_on"].match(words) or len(words) <= 1))


_LITTLE = frozenset(
    ("a", "an", "the", "is", "are", "do", "you", "your", "to", "of", "for", "in", "de", "la", "el", "su", "tu", "und",
     "ihr", "ihre", "der", "die", "das", "le", "les", "votre", "please", "s", "what", "how", "que", "cual", "es")
)  # fmt: skip


def _content(folded: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", folded)) - _LITTLE


def _is_like(clause: str, question: frozenset[str]) -> bool:
    """Say whether a clause is a field's own question in nearly the same words."""
    words = _content(clause)
    shared = words & question
    if "?" not in clause or not shared:
        return False
    alike = len(shared) / len(words | question)
    return alike >= _ALIKE and (len(shared) >= _FEWEST_ALIKE or words == question)

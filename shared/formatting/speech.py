"""A reply as it is said: no marks, no brackets, addresses in words, telephone numbers digit by digit. Pure."""

import re

# "dot", "at", "dash", "underscore", "slash", "plus" where what is spoken around them is of this language.
_WORDS = {
    "en": ("dot", "at", "dash", "underscore", "slash", "plus"),
    "es": ("punto", "arroba", "guion", "guion bajo", "barra", "más"),
    "de": ("Punkt", "at", "Strich", "Unterstrich", "Schrägstrich", "plus"),
    "fr": ("point", "arobase", "tiret", "tiret bas", "barre oblique", "plus"),
    "it": ("punto", "chiocciola", "trattino", "trattino basso", "barra", "più"),
    "pt": ("ponto", "arroba", "hífen", "sublinhado", "barra", "mais"),
    "nl": ("punt", "apenstaartje", "streepje", "laag streepje", "schuine streep", "plus"),
}
_MARKS = ".@-_/+"

_SPACES = re.compile(r"[^\S\n]+")
_CITATION = re.compile(r"\s?\[\s?\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,9}\s?\]")
_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,2000}\)")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]{0,20}(?:\s[^<>\n]{0,300})?/?>")
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:[-*+•‣◦–]|#{1,6}|>|\|)[ \t]+|[-*_=`~|: \t]{3,}$)", re.MULTILINE)
_CELLS = re.compile(r"[ \t]*\|[ \t]*")
_UNDERLINE = re.compile(r"(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")
_EMAIL = re.compile(r"(?:mailto:)?([\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,6})", re.IGNORECASE)
_URL = re.compile(r"(?:https?://(?:[^\s/@]{0,80}@)?|www\.)([^\s<>\"'()\[\]{}]{1,2000})", re.IGNORECASE)
_TLD = (
    "com|org|net|info|biz|edu|gov|io|co|ai|app|dev|shop|store|online|site|eu|uk|ie|us|ca|au|de|at|ch|es|mx|ar|fr|be|it"
    "|pt|br|nl|example"
)
_DOMAIN = re.compile(rf"(?<![\w@./-])((?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,4}}(?:{_TLD})(?:/[\w./-]{{0,200}})?)(?![\w@])")
_PATH = re.compile(r"(?:/[^\W\d_]{2,20}(?:-[^\W\d_]{1,20}){0,3}){1,2}")
_HOST_END = re.compile(r"[?#:].*")
_TEL = re.compile(r"\btel:(?=[+\d(])", re.IGNORECASE)
# What has as many digits as a telephone number and is none: dates, years from to, money, decimals, thousands apart.
_DAY = r"\d{4}(?P<a>[-/.])\d{1,2}(?P=a)\d{1,2}|\d{1,2}(?P<b>[-/.])\d{1,2}(?P=b)(?:\d{4}|\d\d)"
_DATE = rf"(?<!\d)(?:{_DAY}|[12]\d{{3}}\s?[-–/]\s?[12]\d{{3}})(?![\d.]\d|\d)"
_SUM = r"\d[\d.,' \u00a0\u202f]{0,20}"
_MONEY = rf"[$€£¥]\s?{_SUM}|{_SUM}\s?(?:[$€£¥]|EUR\b|USD\b|GBP\b)"
_NUMBER = r"(?<![\d+])(?:\d{5,12}[.,]\d{1,2}(?![.]?\d)|[1-9]\d?(?:[. \u00a0\u202f]\d{3}){1,4}(?![\d-]))"
_DIGITS = r"(?:\(\d{1,5}\)|\d{1,30}+)"
_APART = r"(?:[ \u00a0\u202f]?[-–/][ \u00a0\u202f]?|[ \u00a0\u202f.])?"
_PHONE = rf"(?<![\w.,/:@-])(?:\+\s?)?{_DIGITS}(?:{_APART}{_DIGITS}){{0,8}}(?![\w@]|[.,:]\d)"
_NUMBERS = re.compile(rf"(?P<other>{_DATE}|{_MONEY}|{_NUMBER})|(?P<phone>{_PHONE})")
_FEWEST, _LONG_GROUP = 7, 3  # digits
_GROUP = re.compile(r"\d+")
_SCHEME = re.compile(r"http(s?)(?:://)?", re.IGNORECASE)
_TIMES = re.compile(r"(?<=\d)\s?\*\s?(?=\d)")
_LEFT_OVER = re.compile(r"[\[\]{}`*|~^\\#]|_{2,}|[<>](?!\s?\d)")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u20e3]+")
_ENDED = (".", "!", "?", ":", ";", ",", "…", "。", "！", "？", "؟", "،")
_BEFORE_MARK = re.compile(r"[ \t]+(?=[.,;!?…](?:\s|$))")


def spoken(text: str, language: str = "en") -> str:
    """Return one line of words to be said; empty when there is nothing to say.

    Args:
        text: a reply's plain text, perhaps with citations and remains of Markdown.
        language: tag of the language in which the marks of addresses are said; an unknown one says them in English.
    """
    words = dict(zip(_MARKS, _WORDS.get(language.partition("-")[0].lower(), _WORDS["en"]), strict=True))
    text = _TAG.sub(" ", _IMAGE_OR_LINK.sub(r"\1", _CITATION.sub("", _SPACES.sub(" ", text))))
    text = _TEL.sub("", _EMOJI.sub(" ", _LINE_MARK.sub("", text)))
    text = _URL.sub(lambda found: _web(found[1], words), text)
    text = _EMAIL.sub(lambda found: _mail(found[1], words), text)
    text = _DOMAIN.sub(lambda found: _web(found[1], words), text)
    text = _NUMBERS.sub(lambda found: _phone(found[0], words) if found["phone"] else found[0], text)
    text = _LEFT_OVER.sub("", _TIMES.sub(" × ", _UNDERLINE.sub("", _CELLS.sub(", ", text))))
    text = _one_line(text).replace("@", f" {words['@']} ")
    # Last, because what was dropped between its letters may have left it.
    return " ".join(_BEFORE_MARK.sub("", _SCHEME.sub(_spelled, text)).split())


def _mail(address: str, words: dict[str, str]) -> str:
    end = address[len(address.rstrip(".-_")) :]
    return f" {_in_words(address.removesuffix(end), words)}{end.strip('-_')}"


def _web(address: str, words: dict[str, str]) -> str:
    """Say the host, and the path where it is a word or two; never a query."""
    bare = address.rstrip(".,;:!?*_…'\"")
    end = address[len(bare) :].strip("*_'\"")
    host, _, path = bare.removeprefix("www.").partition("/")
    path = f"/{path}".rstrip("/")
    host = _HOST_END.sub("", host)
    return f" {_in_words(host + (path if _PATH.fullmatch(path) else ''), words)}{end}"


def _in_words(address: str, words: dict[str, str]) -> str:
    return "".join(f" {words[mark]} " if mark in words else mark for mark in address).strip()


def _phone(number: str, words: dict[str, str]) -> str:
    """Say the digits one by one, with a pause where they were written apart; few digits are a number, left as it is."""
    groups = _GROUP.findall(number)
    if sum(map(len, groups)) < _FEWEST or not (number[0] in "+(0" or max(map(len, groups)) >= _LONG_GROUP):
        return number
    digits = ", ".join(" ".join(group) for group in groups)
    return f"{words['+']} {digits}" if number.startswith("+") else digits


def _one_line(text: str) -> str:
    """Join the lines; where one has no end of its own, a full stop makes the pause that the line break was."""
    lines = [line for line in (" ".join(line.strip(" \t,").split()) for line in text.splitlines()) if line]
    ended = [line if line.endswith(_ENDED) else f"{line}." for line in lines[:-1]]
    return " ".join([*ended, *lines[-1:]])


def _spelled(found: re.Match[str]) -> str:
    return " h t t p s " if found[1] else " h t t p "


def spelled(value: str) -> str:
    """Return an address or a number sign by sign, as it is read back on the phone: "a, n, a, at, ..."."""
    names = {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "+": "plus"}
    return ", ".join(names.get(sign, sign) for sign in value if not sign.isspace())

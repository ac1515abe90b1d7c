"""A rough guess at how a word sounds, for names that the recogniser's dictionary lacks. Good enough in a grammar."""

import re

# The longest spelling that fits comes first.
_SOUNDS = {
    "tion": "SH AH N",
    "igh": "AY",
    "sch": "SH",
    "tch": "CH",
    "ai": "EY",
    "au": "AO",
    "ay": "EY",
    "ch": "CH",
    "ck": "K",
    "ea": "IY",
    "ee": "IY",
    "ei": "AY",
    "er": "ER",
    "ew": "UW",
    "ie": "IY",
    "ng": "NG",
    "oa": "OW",
    "oo": "UW",
    "ou": "AW",
    "ow": "OW",
    "oy": "OY",
    "ph": "F",
    "qu": "K W",
    "sh": "SH",
    "th": "TH",
    "wh": "W",
    "wr": "R",
    "kn": "N",
    "a": "AE",
    "b": "B",
    "c": "K",
    "d": "D",
    "e": "EH",
    "f": "F",
    "g": "G",
    "h": "HH",
    "i": "IH",
    "j": "JH",
    "k": "K",
    "l": "L",
    "m": "M",
    "n": "N",
    "o": "OW",
    "p": "P",
    "q": "K",
    "r": "R",
    "s": "S",
    "t": "T",
    "u": "UW",
    "v": "V",
    "w": "W",
    "x": "K S",
    "y": "IY",
    "z": "Z",
}
_SPELLING = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_DOUBLED = re.compile(r"([bcdfglmnprstz])\1")
_SILENT_END = re.compile(r"(?<=[aeiouy][b-df-hj-np-tv-z])e$")


def phones(word: str) -> str:
    """Return the phones of a lower-case word in the recogniser's letters: 'petrovik' is 'P EH T R OW V IH K'."""
    letters = _SILENT_END.sub("", _DOUBLED.sub(r"\1", word))
    return " ".join(_SOUNDS[spelling] for spelling in _SPELLING.findall(letters)) or "AH"

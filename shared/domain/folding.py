"""Text as guards compare it: case, accents, look-alikes and invisible characters do not matter. Pure."""

import unicodedata

_TATWEEL = "\u0640"
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԁգոսνοαρτικ",  # Cyrillic, Armenian and Greek letters that read as Latin ones
    "aeopcyxijshdqnuvoaptik",
)


def fold(text: str) -> str:
    """Return `text` in small letters without accents, marks and invisible characters, its spaces single."""
    if text.isascii():
        return " ".join(text.replace("`", "'").casefold().split())
    apart = unicodedata.normalize("NFKD", text).replace("’", "'").replace("`", "'")
    kept = (char for char in apart if char != _TATWEEL and unicodedata.category(char) not in ("Mn", "Cf"))
    return " ".join("".join(kept).casefold().split())


def as_latin(folded: str) -> str:
    """Return folded text with letters of other scripts that look Latin as those: for comparing, never for showing."""
    return folded.translate(_LOOK_ALIKES)

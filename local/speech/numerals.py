"""Numbers in English words. It knows nothing of prices or addresses."""

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_TOO_LONG = 13
_LAST_WORD = 20
_HUNDRED = 100


def cardinal(number: int) -> str:
    """Return 95 as 'ninety five'."""
    if number < _LAST_WORD:
        return _SMALL[number]
    if number < _HUNDRED:
        tens, rest = divmod(number, 10)
        return _joined(_TENS[tens - 2], rest)
    scale, name = next((scale, name) for scale, name in _SCALES if number >= scale)
    whole, rest = divmod(number, scale)
    return _joined(f"{cardinal(whole)} {name}", rest)


def ordinal(number: int) -> str:
    """Return 23 as 'twenty third'."""
    *before, last = cardinal(number).split()
    if last.endswith("y"):
        last = f"{last[:-1]}ieth"
    return " ".join([*before, _ORDINALS.get(last, last if last.endswith("th") else f"{last}th")])


def digits(text: str) -> str:
    """Return '0132' as 'zero one three two'."""
    return " ".join(_SMALL[int(digit)] for digit in text)


def said(text: str) -> str:
    """Return digits as a person says them: a code or phone number one by one, anything else as a number."""
    by_itself = len(text) > 1 and text.startswith("0")
    return digits(text) if by_itself or len(text) >= _TOO_LONG else cardinal(int(text))


def _joined(words: str, rest: int) -> str:
    return f"{words} {cardinal(rest)}" if rest else words

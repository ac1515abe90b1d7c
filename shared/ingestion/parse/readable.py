"""Text of strangers without the characters that no reader sees: the last step before it is stored."""

import re

from shared.domain.text import clean

# Beside what `clean` drops: soft hyphens, fillers, Arabic letter mark, old format characters, variation selectors (the
# last two hundred of which carry whole hidden messages). The emoji selector U+FE0F stays.
_UNSEEN = (
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFFA0, 0xFFFC,
    *range(0x206A, 0x2070), *range(0xFE00, 0xFE0F), *range(0xFFF0, 0xFFFC), 0xFFFE, 0xFFFF, *range(0x1D173, 0x1D17B),
    *range(0xE0080, 0xE1000),
)  # fmt: skip
_TABLE: dict[int, None] = dict.fromkeys(_UNSEEN)
# Joiners belong into Persian, Indic scripts and emoji; beside Latin letters, or several in a row, they only hide.
_JOINERS = re.compile(
    "(?<=[\\x00-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\\x00-\u024f]|$)|(?<=[\u200c\u200d])[\u200c\u200d]+"
)


def readable(text: str) -> str:
    """Return `text` in NFC, trimmed, without what nobody can see: controls, bidirectional marks, zero-width, tags."""
    if text.isascii():
        return clean(text)
    return clean(_JOINERS.sub("", text.translate(_TABLE)))

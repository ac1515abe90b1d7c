"""What a parser raises, with the reason for the owner."""


class Unreadable(Exception):
    """The file holds nothing that can be indexed; the text says why."""

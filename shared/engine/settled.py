"""Steering, not failure: a stage that settles the turn without the stages after it raises this."""

from shared.domain.verdict import Settlement


class Settled(Exception):
    """The turn is decided; only `answer` catches this."""

    def __init__(self, settlement: Settlement) -> None:
        super().__init__(settlement.intent.name)
        self.settlement = settlement

"""Callers: some are missed, some talk, some are put through; a call costs by its seconds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from local.traffic.visits import MOST_TURNS, Told, Visit
from shared.domain.events import CallEnded, CostArose
from shared.domain.prices import AUDIO_TOKENS_PER_SECOND, PHONE, LiveTokens, free_items, live_items

MODEL = "gemini-3.8-live"
_MISSED_OPEN, _MISSED_CLOSED, _ASKS_ON, _SPEAKING = 0.04, 0.12, 0.72, 0.4
_ENDS: Mapping[str, float] = {"answered": 82, "transferred": 9, "message": 6, "failed": 3}


class Call(Visit):
    """A caller."""

    channel = "voice"

    def told(self) -> Iterator[Told]:
        """Yield what the journal is told."""
        dice = self.dice
        is_open = self.profile.config.opening_hours.is_open(self.begin)
        if dice.chance(_MISSED_OPEN if is_open else _MISSED_CLOSED):
            yield Told((CallEnded(**self.of("call", whole=True), outcome="missed", seconds=0),))
            return
        turns = 1
        while turns < MOST_TURNS and dice.chance(_ASKS_ON):
            turns += 1
        for _ in range(turns):
            self.wait(dice.around(12, 0.5))
            events, talk = self.turn()
            if not self.handed and dice.chance(self.profile.handoff):
                events.append(self.hand_over())
            yield Told(tuple(events), replace(talk, state=self.state))
        self.wait(dice.around(8, 0.5))
        seconds = int((self.now - self.begin).total_seconds())
        outcome = "transferred" if self.handed and is_open else dice.pick(_ENDS)
        sound = seconds * AUDIO_TOKENS_PER_SECOND
        items = live_items(MODEL, LiveTokens(audio_in=sound, audio_out=int(sound * _SPEAKING)))
        items += free_items(PHONE, "seconds", seconds)
        ended = CallEnded(**self.of("call", whole=True), outcome=outcome, seconds=seconds)
        yield Told((ended, CostArose(**self.of("call-cost", whole=True), items=items)))

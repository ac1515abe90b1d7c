"""Visitors of a website: they look, ask, click, leave their details, and some become a deal."""

from collections.abc import Iterator
from dataclasses import replace

from local.traffic.visits import MOST_TURNS, Told, Visit
from shared.domain.events import (
    Converted,
    CtaClicked,
    CtasShown,
    DealMade,
    Event,
    FeedbackGiven,
    FieldCaptured,
    LeadFound,
    Talk,
    WidgetUsed,
)

_OPENED, _ONLY_LOOKED, _GREETED, _ASKS_ON, _OFFERED, _RATED, _BOUGHT = 0.5, 0.3, 0.7, 0.68, 0.3, 0.07, 0.5
_UPSET, _IMPATIENT, _PATIENT = -0.3, 3.0, 0.6
_FIELDS = ("email", "name", "phone")


class Chat(Visit):
    """A visitor of the website."""

    def told(self) -> Iterator[Told]:
        """Yield what the journal is told."""
        dice = self.dice
        if dice.chance(_OPENED):
            yield Told((WidgetUsed(**self.of("opened", whole=True), what="opened"),))
            if dice.chance(_ONLY_LOOKED):
                return  # looked, and said nothing
            self.wait(dice.around(6, 0.6))
        if dice.chance(_GREETED):
            yield from self._exchange(greeting=True)
        questions = 1
        while questions < MOST_TURNS and dice.chance(_ASKS_ON):
            questions += 1
        wants = dice.chance(self.profile.lead)
        for number in range(questions):
            self.wait(dice.around(35, 0.7))
            yield from self._exchange(detail=_FIELDS[number] if wants and number < len(_FIELDS) else "")
            if self.handed:
                break
        if wants:
            yield from self._after()

    def _exchange(self, *, greeting: bool = False, detail: str = "") -> Iterator[Told]:
        dice, profile = self.dice, self.profile
        events, talk = self.turn(greeting=greeting)
        shown = [name for name in profile.clicks if greeting or dice.chance(_OFFERED)]
        if shown and talk.ending != "failed":
            events.append(CtasShown(**self.of("ctas"), ctas=tuple(shown)))
        if detail:
            events += self._captured(detail)
        if (
            not greeting
            and not self.handed
            and dice.chance(profile.handoff * (_IMPATIENT if talk.mood < _UPSET else _PATIENT))
        ):
            events.append(self.hand_over())
        yield Told(tuple(events), replace(talk, state=self.state))
        if shown and talk.ending != "failed":
            yield from self._clicked(shown)
        if not greeting and dice.chance(_RATED):
            yield self._rated(talk)

    def _captured(self, name: str) -> Iterator[Event]:
        self.state = "capturing"
        yield FieldCaptured(**self.of(f"field/{name}"), field=name)
        if name == "email":
            yield LeadFound(**self.of("lead", whole=True))

    def _clicked(self, shown: list[str]) -> Iterator[Told]:
        for name in shown:
            if self.dice.chance(self.profile.clicks[name]):
                self.wait(self.dice.around(9, 0.5))
                yield Told((CtaClicked(**self.of(f"click/{name}"), cta=name, message_id=f"m-{self.number}"),))
                return

    def _rated(self, talk: Talk) -> Told:
        self.wait(self.dice.around(12, 0.5))
        up = self.dice.chance(0.78 if talk.mood > 0 else 0.35)
        rating = "up" if up else "down"
        return Told((FeedbackGiven(**self.of("feedback"), message_id=talk.message_id, rating=rating),))

    def _after(self) -> Iterator[Told]:
        """What a lead comes to, minutes later: a deal in the CRM, a purchase on the site."""
        self.wait(self.dice.around(240, 0.6))
        if self.dice.chance(self.profile.deal):
            amount = round(self.dice.around(self.profile.amount, 0.6), 2)
            yield Told((DealMade(**self.of("deal", whole=True), amount=amount),))
            if self.dice.chance(_BOUGHT):
                self.wait(self.dice.around(600, 0.6))
                yield Told((Converted(**self.of("conversion", whole=True), name="purchase", value=amount),))

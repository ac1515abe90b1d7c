"""Which arms of the running experiments a visitor has, and from when they count. Pure.

A visitor's arms stand in the facts of the session's last turn. A field of the dialogue would do as well, but the
revision before, which serves beside this one during an upgrade, keeps only what it knows; facts it carries along.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from shared.domain.events import Exposed
from shared.domain.experiments import Part, Running
from shared.domain.message import Message
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import Turn
from shared.domain.understanding import Intent, Sentiment
from shared.engine.stages.follow_rules import Moment, facts_of
from shared.engine.stages.thrift import BUDGET
from shared.experiments.arrange import arranged
from shared.experiments.bucketing import Split, assign, pseudonym
from shared.guards.intro import is_intro
from shared.rules.targeting import is_for
from shared.understanding.language import detect

ARMS = "arms"
"""The fact of a past turn that holds the arms the visitor has met, by experiment."""
UNIT = ":unit"
"""Behind an experiment's id in the same place: a verified person's pseudonym, making their sessions one visitor."""
CALL: frozenset[Part] = frozenset({"system_prompt", "tone", "voice.voice"})
"""What a live call begins with."""
SEARCHED: frozenset[Part] = CALL | frozenset[Part]({"knowledge.top_k"})
"""The same once the model has searched."""
_MODEL: frozenset[Part] = frozenset({"system_prompt", "tone", "knowledge.top_k", "models.chat"})
_NONE: Mapping[str, str] = MappingProxyType({})


def arms_of(session: Session) -> Mapping[str, str]:
    """Return what the session remembers of arms, units included."""
    return next((turn.facts[ARMS] for turn in reversed(session.turns) if turn.facts.get(ARMS)), _NONE)


def met_arms(session: Session, tenant: Tenant) -> dict[str, str]:
    """Return the arms of running experiments that the visitor has met, by experiment."""
    known = arms_of(session)
    return {each.plan.id: known[each.plan.id] for each in tenant.experiments if each.plan.id in known}


def unit_of(session: Session) -> str:
    """Return who counts as one visitor: the person if somebody vouches for one, else the session."""
    return session.dialogue.person or session.session_id


def take_part(tenant: Tenant, session: Session, message: Message, now: dt.datetime) -> Tenant:
    """Return the tenant with the visitor's arms applied; the same one while nothing runs.

    An arm that was met stays, whatever became of weights, share and targeting. One that was not met yet may change.
    """
    if not tenant.experiments:
        return tenant
    known, arms = arms_of(session), dict[str, str]()
    for running in tenant.experiments:
        name = running.plan.id
        arm = assign(_split(running), unit_of(session), known.get(name))
        if arm is not None and (name in known or _is_meant(running, tenant, session, message, now)):
            arms[name] = arm
    return arranged(tenant, arms) if arms else tenant


def happened(tenant: Tenant, message: Message, turn: Turn) -> frozenset[Part]:
    """Return which parts of the configuration the visitor met in a turn: as much with the control as with an arm."""
    parts: set[Part] = set()
    if is_intro(message, tenant):
        parts.add("greeting")
    elif turn.ending != "settled" and not (BUDGET in turn.degraded and not turn.usage.output_tokens):
        parts |= _MODEL - ({"models.chat"} if BUDGET in turn.degraded else set())
    if turn.ctas:
        parts.add("cta_order")
    if turn.ending == "failed":
        parts.add("texts.apology")
    if turn.blocked or (turn.ending == "settled" and turn.intent.name == "off_topic"):
        parts.add("texts.declined")
    return frozenset(parts)


def noted(tenant: Tenant, session: Session, parts: Collection[Part]) -> dict[str, str]:
    """Return what the session remembers of arms once these parts were met."""
    known = dict(arms_of(session))
    for running in tenant.experiments:
        name = running.plan.id
        if name in tenant.arms and name not in known and running.plan.parts.intersection(parts):
            known[name] = tenant.arms[name]
            if session.dialogue.person:
                known[f"{name}{UNIT}"] = pseudonym(running.salt, unit_of(session))
    return known


def known_before(before: Session, after: Session) -> Mapping[str, str]:
    """Return the arms a visitor had met before a turn: another person's on the same device are not theirs."""
    return arms_of(before) if before.dialogue.person in ("", after.dialogue.person) else _NONE


def exposures(
    tenant: Tenant, session: Session, known: Mapping[str, str], arms: Mapping[str, str], now: dt.datetime
) -> Iterator[Exposed]:
    """Yield what the visitor has met now beyond what is `known`. The same visitor's have the same ids."""
    for running in tenant.experiments:
        name = running.plan.id
        if name in arms and name not in known:
            unit = pseudonym(running.salt, unit_of(session))
            yield Exposed(
                id=f"{unit}/{name}", at=now, session_id=session.session_id, channel=session.channel, experiment=name,
                arm=arms[name], unit=unit,
            )  # fmt: skip


def _split(running: Running) -> Split:
    plan = running.plan
    return Split(plan.id, running.salt, plan.own_layer, tuple(plan.weights.items()), running.slots)


def _is_meant(running: Running, tenant: Tenant, session: Session, message: Message, now: dt.datetime) -> bool:
    """Say whether the visitor is one of those whom the experiment is for, by what is known before they are answered."""
    if not running.plan.targeting:
        return True
    dialogue = session.dialogue
    language = detect(message.text, tenant.config.languages, dialogue.language, message.locale)
    moment = Moment(message.text, Intent("none", 0.0), Sentiment("neutral", 0.0), language, len(session.turns) + 1,
                    dialogue.state)  # fmt: skip
    return is_for(running.plan.targeting, facts_of(tenant, session, dialogue, moment, now))

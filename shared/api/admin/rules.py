"""The business's rules: listed, replaced, and tried on facts or on the conversations of the last days."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace

from shared.api.admin.businesses import check_conditions, if_match, save
from shared.api.admin.dialogue_models import FactsIn, RulesIn, TryIn
from shared.api.admin.services import AdminServices
from shared.domain.business import BusinessConfig
from shared.domain.dialogue import Dialogue
from shared.domain.fields import FieldValue
from shared.domain.records import BusinessRecord
from shared.domain.rules import BusinessRule
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.understanding import Intent, Sentiment
from shared.engine.stages.follow_rules import Moment, facts_of
from shared.rules.evaluate import Match, Ruled, run_rules
from shared.rules.facts import Facts
from shared.web.bodies import validated
from shared.web.call import Call, Reply

_EXAMPLES = 3
_EXAMPLE_CHARS = 200


def get_rules(admin: AdminServices, call: Call) -> Reply:
    """List the rules in order."""
    return _reply(admin.businesses.get(call.business_id))


def put_rules(admin: AdminServices, call: Call) -> Reply:
    """Replace the rules. They are a part of the configuration, so this makes a new version of it."""
    body: RulesIn = call.body
    current = admin.businesses.get(call.business_id)
    changed = current.config.model_copy(update={"rules": body.rules, "rules_match": body.match})
    config = validated(lambda: BusinessConfig.model_validate(changed.model_dump()))
    expected = if_match(call)
    return _reply(save(admin, call, config, current.version if expected is None else expected))


def try_rules(admin: AdminServices, call: Call) -> Reply:
    """Say what rules do on the given facts, and what they would have done on past conversations."""
    body: TryIn = call.body
    record = admin.businesses.get(call.business_id)
    tenant = Tenant.of(record.id, record.version, record.config, admin.defaults)
    rules = record.config.rules if body.rules is None else body.rules
    check_conditions(record.config, rules)
    match, now = body.match or record.config.rules_match, admin.clock.now()
    decided: Ruled | None = None
    if body.facts:
        at = (body.facts.at or now).astimezone(dt.UTC)
        facts = _imagined(tenant, body.facts, at)
        decided = run_rules(rules, match, facts, (), tenant.config.opening_hours.local(at).date())
    replay = _replay(admin, tenant, rules, match, body) if body.sessions else None
    decision = {name: value for name, value in asdict(decided).items() if name != "trace"} if decided else None
    trace = [asdict(item) for item in decided.trace] if decided else []
    return Reply({"decision": decision, "trace": trace, "replay": replay})


def _imagined(tenant: Tenant, given: FactsIn, at: dt.datetime) -> Facts:
    known = {name: FieldValue(value, value, "", "") for name, value in given.fields.items()}
    session = Session(
        tenant.id, "", "", metadata=dict(given.metadata), locale=given.locale or "",
        page={"url": given.page.url, "title": given.page.title} if given.page else {},
    )  # fmt: skip
    dialogue = Dialogue(fields=known, tags=given.tags, moods=(given.score,))
    moment = Moment(
        given.message, Intent(given.intent, given.confidence), Sentiment(given.sentiment, given.score),
        given.language, given.turn, given.state,
    )  # fmt: skip
    return facts_of(tenant, session, dialogue, moment, at)


def _replay(
    admin: AdminServices, tenant: Tenant, rules: tuple[BusinessRule, ...], match: Match, body: TryIn
) -> dict[str, object]:
    """Run the rules over past turns. Fields and tags are as the session knows them now: an approximation, and said."""
    since = (admin.clock.now() - dt.timedelta(days=body.days)).isoformat()
    fired: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    sessions = turns = 0
    for session in admin.sessions.recent(tenant.id, body.sessions):
        once: list[str] = []
        seen = [*_past(tenant, session, since)]
        sessions += bool(seen)
        for text, at, facts in seen:
            turns += 1
            ruled = run_rules(rules, match, facts, once, tenant.config.opening_hours.local(at).date())
            once += ruled.once
            for rule_id in ruled.fired:
                fired[rule_id] += 1
                if len(examples.setdefault(rule_id, [])) < _EXAMPLES:
                    examples[rule_id].append(text[:_EXAMPLE_CHARS])
    return {
        "sessions": sessions,
        "turns": turns,
        "fired": {rule.id: fired[rule.id] for rule in rules},
        "examples": examples,
    }


def _past(tenant: Tenant, session: Session, since: str) -> Iterator[tuple[str, dt.datetime, Facts]]:
    """Yield each turn's words, time and facts."""
    moods: tuple[float, ...] = ()
    for number, turn in enumerate(session.turns, 1):
        noted = turn.facts
        moods = (*moods, float(noted.get("score", 0.0)))
        if not turn.question or turn.at < since:
            continue
        moment = Moment(
            turn.question,
            Intent(str(noted.get("intent", "none")), float(noted.get("confidence", 0.0))),
            Sentiment(str(noted.get("sentiment", "neutral")), moods[-1]),
            session.dialogue.language or "en",
            number,
            str(noted.get("state", "answering")),
        )
        at = dt.datetime.fromisoformat(turn.at)
        yield turn.question, at, facts_of(tenant, session, replace(session.dialogue, moods=moods), moment, at)


def _reply(record: BusinessRecord) -> Reply:
    config = record.config
    rules = [rule.model_dump(mode="json") for rule in config.rules]
    body = {"rules": rules, "match": config.rules_match, "version": record.version}
    return Reply(body, 200, {"ETag": f'"{record.version}"'})

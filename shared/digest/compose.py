"""A week's figures as the digest that is answered and posted: numbers, plain sentences, one suggestion. Pure."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, Field

from shared.digest.advice import intent_name
from shared.digest.measures import budget_percent, change_percent, cost_usd, most
from shared.digest.numerals import number, percent
from shared.digest.suggest import Suggestion, suggestion
from shared.digest.words import say, spoken
from shared.domain.analytics import FIGURES, Cells
from shared.domain.business import BusinessConfig
from shared.domain.digest import Figures, Week

TOPICS = 5
COUNTED = ("conversations", "leads", "deals", "calls", "gaps")


class Trend(BaseModel):
    """A number of the week and of the one before; the change is null when there was none before."""

    now: int
    before: int
    change_percent: int | None


class Topic(BaseModel):
    """What questions were about: an intent's id, its name in the digest's language, and how often."""

    intent: str
    name: str
    n: int


class ExperimentNews(BaseModel):
    """An experiment with a verdict, or one that was stopped in the week, and what there is to say."""

    id: str
    reason: str


class BehindOut(BaseModel):
    """What waits, as of today."""

    handoffs_open: int = Field(description="Calls for a person nobody has taken")
    handoffs_late: int = Field(description="Those of them that are older than a day")
    crm_parked: int = Field(description="Entries that the CRM refused")
    experiments: list[ExperimentNews]


class Cost(BaseModel):
    """An estimate in US dollars. The month is the one in which the week ends, up to its end."""

    usd: float
    before_usd: float
    month_usd: float
    budget_usd: float | None
    budget_percent: int | None


class Advice(BaseModel):
    """What to do about it."""

    code: str
    text: str
    values: dict[str, str | int]


class DigestOut(BaseModel):
    """A business's week."""

    business_id: str
    name: str
    week: str
    first_day: str
    last_day: str
    time_zone: str
    language: str
    summary: list[str] = Field(description="Plain sentences")
    trends: dict[str, Trend] = Field(description="conversations, leads, deals, calls, gaps")
    resolved_percent: int | None = Field(description="Of the week's conversations, without a person; null without any")
    resolved_before_percent: int | None
    intents: list[Topic]
    gap_intents: list[Topic] = Field(description="What the questions without an answer were about")
    behind: BehindOut
    cost: Cost
    suggestion: Advice


def compose(
    business_id: str, config: BusinessConfig, week: Week, figures: Figures, language: str | None = None
) -> DigestOut:
    """Return the digest in `language`, else the business's first one, where we have its words, else in English."""
    speaks = spoken(language or config.languages[0])
    trends = {name: _trend(name, figures) for name in COUNTED}
    return DigestOut(
        business_id=business_id, name=config.name, week=str(week), first_day=week.monday.isoformat(),
        last_day=week.sunday.isoformat(), time_zone=config.opening_hours.time_zone, language=speaks,
        summary=list(_summary(trends, speaks)), trends=trends,
        resolved_percent=_resolved(figures.now), resolved_before_percent=_resolved(figures.before),
        intents=_topics(_without_none(figures.now.keys("intents")), speaks),
        gap_intents=_topics(figures.gap_intents, speaks),
        behind=_behind(figures),
        cost=_cost(figures, config.budget.monthly_usd),
        suggestion=_advice(suggestion(figures, config), config, speaks),
    )  # fmt: skip


def _trend(name: str, figures: Figures) -> Trend:
    now, before = (_counted(name, cells) for cells in (figures.now, figures.before))
    return Trend(now=now, before=before, change_percent=change_percent(now, before))


def _counted(name: str, cells: Cells) -> int:
    return int(FIGURES[name].of(cells) or 0)


def _resolved(cells: Cells) -> int | None:
    rate = FIGURES["resolution_rate"].of(cells)
    return None if rate is None else round(rate * 100)


def _summary(trends: Mapping[str, Trend], language: str) -> Iterator[str]:
    talked = trends["conversations"]
    if not talked.now:
        yield say("summary_none", language)
    else:
        yield _talked(talked, language)
    for key, name in (("summary_leads", "leads"), ("summary_gaps", "gaps")):
        trend = trends[name]
        yield say(key, language, n=number(trend.now, language), before=number(trend.before, language))


def _talked(trend: Trend, language: str) -> str:
    n, change = number(trend.now, language), trend.change_percent
    if change is None:
        return say("summary_first", language, n=n)
    if change == 0:
        return say("summary_same", language, n=n)
    key = "summary_more" if change > 0 else "summary_fewer"
    return say(key, language, n=n, percent=percent(abs(change), language))


def _without_none(intents: Mapping[str, int]) -> Mapping[str, int]:
    return {name: n for name, n in intents.items() if name != "none"}


def _topics(counts: Mapping[str, int], language: str) -> list[Topic]:
    return [Topic(intent=name, name=intent_name(name, language), n=n) for name, n in most(counts, TOPICS)]


def _behind(figures: Figures) -> BehindOut:
    news = [ExperimentNews(id=name, reason=reason) for name, reason in figures.experiments]
    behind = figures.behind
    return BehindOut(
        handoffs_open=behind.handoffs_open, handoffs_late=behind.handoffs_late, crm_parked=behind.parked,
        experiments=news,
    )  # fmt: skip


def _cost(figures: Figures, budget: float | None) -> Cost:
    return Cost(
        usd=round(cost_usd(figures.now), 4), before_usd=round(cost_usd(figures.before), 4),
        month_usd=round(figures.month_micros / 1_000_000, 4), budget_usd=budget,
        budget_percent=budget_percent(figures, budget),
    )  # fmt: skip


def _advice(found: Suggestion, config: BusinessConfig, language: str) -> Advice:
    """Return the suggestion in words; an intent and a call to action by the name that the owner knows."""
    shown: dict[str, object] = {
        name: number(value, language) if isinstance(value, int) else value for name, value in found.values.items()
    }
    if "intent" in shown:
        shown["intent"] = intent_name(str(shown["intent"]), language)
    if "cta" in shown:
        labels = {node.id: node.label for node in config.ctas()}
        shown["cta"] = labels.get(str(shown["cta"]), shown["cta"])
    return Advice(code=found.code, text=say(found.code, language, **shown), values=dict(found.values))

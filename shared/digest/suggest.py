"""The one suggestion of a digest: rules in order, what is lost for good first. The first that applies is it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.digest.measures import budget_percent, calls_outside, click_rates, most, questions, upset
from shared.domain.analytics import FIGURES
from shared.domain.business import BusinessConfig
from shared.domain.digest import Figures

Value = str | int

# Where each rule begins to apply. Rates need a number below which they are chance.
GAPS, GAP_SHARE = 10, 0.05
CALLS_OUTSIDE, CALLS_OUTSIDE_SHARE = 5, 0.3
SLOW_MS, SLOW_ANSWERS = 6000, 50
CTA_SHOWN, CTA_RATE = 200, 0.02
UPSET_SHARE, UPSET_QUESTIONS = 0.25, 50
BUDGET_PERCENT = 80


@dataclass(frozen=True)
class Suggestion:
    """What to do: a code, and the values its sentence needs."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


Rule = Callable[[Figures, BusinessConfig], Suggestion | None]


def suggestion(figures: Figures, config: BusinessConfig) -> Suggestion:
    """Return the first that applies; `nothing` when none does."""
    found = (rule(figures, config) for rule in RULES)
    return next((one for one in found if one), Suggestion("nothing"))


def _parked_leads(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    return Suggestion("look_at_crm", {"n": figures.behind.parked}) if figures.behind.parked else None


def _late_handoffs(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    late = figures.behind.handoffs_late
    return Suggestion("answer_handoffs", {"n": late}) if late else None


def _held_back(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    held = figures.behind.held_back
    return Suggestion("look_at_build", {"n": held}) if held else None


def _nobody_came(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    quiet = not figures.now.n("sessions") and figures.before.n("sessions")
    return Suggestion("check_widget") if quiet else None


def _budget(figures: Figures, config: BusinessConfig) -> Suggestion | None:
    percent = budget_percent(figures, config.budget.monthly_usd)
    return Suggestion("look_at_budget", {"percent": percent}) if percent and percent >= BUDGET_PERCENT else None


def _gaps(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    gaps, asked = figures.now.n("gaps"), questions(figures.now)
    if gaps < GAPS or gaps < asked * GAP_SHARE:
        return None
    topics = most({name: n for name, n in figures.gap_intents.items() if name != "none"}, 1)
    if not topics:
        return Suggestion("add_faq", {"n": gaps})
    return Suggestion("add_faq_about", {"n": gaps, "intent": topics[0][0]})


def _calls_outside(figures: Figures, config: BusinessConfig) -> Suggestion | None:
    transfer = config.voice.transfer if config.voice else None
    if transfer and not transfer.always:
        return None  # it is in message mode already
    outside, calls = calls_outside(figures, config), sum(n for _, n in figures.calls_by_hour)
    many = outside >= CALLS_OUTSIDE and outside >= calls * CALLS_OUTSIDE_SHARE
    return Suggestion("message_mode", {"n": outside, "calls": calls}) if many else None


def _slow(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    wait, answers = FIGURES["wait_p90_ms"].of(figures.now), figures.now.n("waits")
    if wait is None or wait < SLOW_MS or answers < SLOW_ANSWERS:
        return None
    return Suggestion("faster_answers", {"seconds": round(wait / 1000)})


def _unread_cta(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    rates = {name: rate for name, rate in click_rates(figures.now, CTA_SHOWN).items() if rate < CTA_RATE}
    if not rates:
        return None
    worst = min(rates, key=lambda name: (rates[name], name))
    shown = figures.now.n("ctas_shown", worst)
    return Suggestion("reword_cta", {"cta": worst, "shown": shown, "clicked": figures.now.n("ctas_clicked", worst)})


def _upset(figures: Figures, _config: BusinessConfig) -> Suggestion | None:
    asked, bad = questions(figures.now), upset(figures.now)
    many = asked >= UPSET_QUESTIONS and bad >= asked * UPSET_SHARE
    return Suggestion("read_conversations", {"percent": round(bad * 100 / asked)}) if many else None


RULES: tuple[Rule, ...] = (
    _parked_leads, _late_handoffs, _nobody_came, _held_back, _budget, _gaps, _calls_outside, _slow, _unread_cta, _upset,
)  # fmt: skip

"""An experiment's results as sentences for its owner. Pure."""

from shared.experiments.balance import Balance
from shared.experiments.statistics import Comparison, Guarded, Interval


def of_balance(balance: Balance) -> str:
    """Say whether the arms have the visitors their weights promise."""
    if balance.alarm:
        return (
            "The arms do not have the shares of visitors that their weights promise. Something assigns or counts "
            "wrongly, so there is no result to show, now or later. Stop the experiment, find the cause, and start anew."
        )
    return "The arms have the shares of visitors that their weights promise."


def of_comparison(comparison: Comparison, control: float, better: str) -> str:
    """Say what a treatment came to beside the control, whose rate is `control`."""
    beside = f"{percent(comparison.average)} with arm '{comparison.arm}', {percent(control)} with the control"
    interval = comparison.interval
    if interval is None:
        return f"{beside}: too few visitors to compare yet{_more(comparison.more)}."
    between = _points(interval)
    match comparison.verdict:
        case "better":
            return f"{beside}: proven better. {_goal(better)} The difference is {between}."
        case "worse":
            return f"{beside}: proven worse. {_goal(better)} The difference is {between}."
        case "no relevant difference":
            return f"{beside}: if there is a difference at all, it is too small to matter ({between})."
    return f"{beside}: it cannot be told yet. The difference is {between}{_more(comparison.more)}."


def of_guardrail(guarded: Guarded) -> str:
    """Say whether a guardrail holds."""
    if guarded.stop:
        return f"Arm '{guarded.arm}' is proven to break it, by {guarded.harm:.3g} or more beyond what is tolerated."
    return f"Arm '{guarded.arm}' is not proven to break it."


def percent(rate: float) -> str:
    """Return a rate in percent."""
    return f"{rate * 100:.1f} %"


def _points(interval: Interval) -> str:
    return f"between {interval.low * 100:+.1f} and {interval.high * 100:+.1f} percentage points"


def _goal(better: str) -> str:
    return "Higher is better." if better == "higher" else "Lower is better."


def _more(visitors: int | None) -> str:
    if visitors is None:
        return "; more visitors than there will be could not tell"
    return f"; about {visitors:,} more visitors are needed" if visitors > 0 else ""

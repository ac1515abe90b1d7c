"""Whether an experiment may run beside those that run, and which visitors of its layer are left for it. Pure."""

from collections.abc import Iterable

from shared.domain.experiments import Experiment, Running
from shared.experiments.bucketing import Slots, allot


def clash(plan: Experiment, running: Iterable[Running]) -> str:
    """Return why it may not run beside these, as a sentence; "" when it may.

    Two that change the same thing would undo each other in a visitor who meets both.
    """
    for other in running:
        same = sorted(plan.parts & other.plan.parts)
        if same and other.plan.own_layer != plan.own_layer:
            return (
                f"'{other.plan.id}' runs and changes {', '.join(same)} too. Give both the same 'layer', and no visitor "
                "meets both; or stop it first."
            )
    return ""


def slots_for(plan: Experiment, running: Iterable[Running], own: Slots = ()) -> Slots:
    """Return its slots of its layer. ValueError when the others leave it too few; it says how many are left."""
    taken = [other.slots for other in running if other.plan.own_layer == plan.own_layer]
    return allot(taken, plan.share, own)

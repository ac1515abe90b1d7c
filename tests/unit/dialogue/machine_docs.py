"""Draws the state machine as docs/dialogue.md shows it; run as a module it writes the file's drawn part anew."""

from itertools import groupby
from pathlib import Path

from shared.dialogue.machine import OWNERS, PURSUING, RULE_FROM, RULE_TO, TABLE, TALKING, WITH_TEAM, Move
from shared.domain.states import STATES

PAGE = Path(__file__).parents[3] / "docs" / "dialogue.md"
BEGIN, END = "<!-- drawn from shared/dialogue/machine.py -->", "<!-- end of what is drawn -->"
_GROUPS = (("*talking*", TALKING), ("*pursuing*", PURSUING), ("*with the team*", WITH_TEAM))


def drawn() -> str:
    """Return owners, groups, table and diagram as Markdown."""
    return "\n\n".join((_owners(), _table(), _diagram()))


def page_part(page: str) -> str:
    """Return what stands between the marks of a page."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def _named(states: tuple[str, ...]) -> str:
    """Return states in words, whole groups by their name."""
    left, words = list(states), []
    for name, group in _GROUPS:
        if set(group) <= set(left):
            left = [state for state in left if state not in group]
            words.append(name)
    return ", ".join(words + [f"`{state}`" for state in left])


def _owners() -> str:
    lines = ["| state | who answers |", "|---|---|", *(f"| `{state}` | {OWNERS[state]} |" for state in STATES)]
    groups = [f"- {name}: " + ", ".join(f"`{state}`" for state in group) for name, group in _GROUPS]
    return "\n".join(lines) + "\n\n" + "\n".join(groups)


def _row(move: Move) -> str:
    guard = f", if `{move.guard.__name__}`" if move.guard else ""
    to = f"`{move.to}`" if move.to else "stays"
    return f"| `{move.event}` | {_named(move.states)}{guard} | {to} | {move.why}{'' if move.confirms else ' (*)'} |"


def _table() -> str:
    rule = f"| `rule:<state>` | {_named(RULE_FROM)} | any of {_named(RULE_TO)} | a rule of the business |"
    return "\n".join(["| event | from | to | why |", "|---|---|---|---|", *map(_row, TABLE), rule])


def _diagram() -> str:
    """Return the moves that change the state; an arrow from `talking` stands for one from each of its states."""
    edges: dict[tuple[str, str], list[str]] = {}
    for move in TABLE:
        if move.to is None:
            continue
        whole = set(TALKING) <= set(move.states)
        left = [state for state in move.states if not (whole and state in TALKING)]
        for source in [*(["talking"] if whole else []), *left]:
            if source != move.to:
                edges.setdefault((source, move.to), []).append(move.event)
    lines = [
        f"    {source} --> {to}: {', '.join(event for event, _ in groupby(events))}"
        for (source, to), events in edges.items()
    ]
    states = "    talking: any state of talking"
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> new", states, *lines, "```"])


if __name__ == "__main__":
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{drawn()}\n\n{END}{rest.split(END)[1]}")

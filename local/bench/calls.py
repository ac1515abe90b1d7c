"""The phone under load: the real voice service beside a bare bridge, and beside pipecat where there is one.

The same simulated phones call all of them, and the same Live peer answers over TLS. All is on this machine: rounds are
short, and the bridges take turns. What the figures mean is told in `call_phases`.
"""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import median

import uvloop

from local.bench.call_bridges import Bridge, Peer, bare, peer, pipecat, product
from local.bench.call_phases import PHASES, Figures, idle_cpu, load
from local.stack.platform import Platform

LOADS = (10, 30, 100)
WARM_UP = 6

Start = Callable[[], AbstractContextManager[Bridge]]


def run(platform: Platform, _folder: Path, *, rounds: int = 1, python: str = "") -> list[str]:
    """Return the report's lines; `python` is an interpreter with pipecat-ai, without it ours is looked at."""
    python = python or (sys.executable if importlib.util.find_spec("pipecat") else "")
    found: dict[str, list[Figures]] = {}
    others = os.getloadavg()[0]
    with peer(platform) as live:
        starts: dict[str, Start] = {
            "bare bridge": partial(bare, platform, live),
            "voice_service": partial(product, platform),
        }
        if python:
            starts["pipecat"] = partial(pipecat, platform, live, python)
        for _ in range(rounds):
            for name, start in starts.items():
                with start() as bridge:
                    found.setdefault(name, []).append(dict(_measured(bridge, live)))
    title = f"Phone calls (ms; medians of {rounds} rounds; ratios to the bare bridge; load before: {others:.1f})"
    return ["", title, "", *_table({name: _summed(figures) for name, figures in found.items()})]


def _measured(bridge: Bridge, live: Peer) -> Iterator[tuple[str, float]]:
    """Measure one bridge."""
    idle = uvloop.run(idle_cpu(bridge))
    uvloop.run(load(bridge, live, WARM_UP, idle))  # what is imported and filled at the first calls is no load
    for count in LOADS:
        if count <= bridge.most:
            for name, figure in uvloop.run(load(bridge, live, count, idle)).items():
                yield f"{count} calls: {name}", figure
    for phase in PHASES:
        yield from uvloop.run(phase(bridge, live)).items()


def _summed(rounds: Sequence[Figures]) -> Figures:
    """Return the median of each figure over the rounds; the worst of those that count what went wrong."""
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {name: _of(name, [figures[name] for figures in rounds if name in figures]) for name in names}


def _of(name: str, values: list[float]) -> float:
    return max(values) if "lost" in name else median(values)


def _table(found: dict[str, Figures]) -> Iterator[str]:
    names = list(found)
    yield f"  {'':36}" + "".join(f"{name:>15}{'' if name == names[0] else '  ratio':7}" for name in names)
    for figure in dict.fromkeys(figure for figures in found.values() for figure in figures):
        floor = found[names[0]].get(figure)
        yield f"  {figure:36}" + "".join(_cell(found[name].get(figure), floor, name != names[0]) for name in names)


def _cell(value: float | None, floor: float | None, beside: bool) -> str:  # noqa: FBT001 - whether with a ratio
    shown = "-" if value is None else f"{value:.1f}"
    ratio = f"{value / floor:.2f}" if beside and value is not None and floor else ""
    return f"{shown:>15}{ratio:>7}"

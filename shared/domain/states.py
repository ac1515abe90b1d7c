"""The states of a session and who owns it. The transitions between them are shared/dialogue/machine.py."""

from typing import Literal, get_args

StateName = Literal[
    "new", "greeting", "discovery", "answering", "qualifying", "offering", "capturing", "scheduling",
    "handoff_requested", "with_person", "resolved", "dormant",
]  # fmt: skip
STATES: tuple[StateName, ...] = get_args(StateName)
Owner = Literal["bot", "person", "nobody"]

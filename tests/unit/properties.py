"""How property tests run, and the texts they run on. The same examples each time; `EXPLORE=1` looks for new ones."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

_EXPLORE = bool(os.environ.get("EXPLORE"))


def _settings(examples: int) -> settings:
    return settings(
        deadline=None,
        max_examples=examples * (40 if _EXPLORE else 1),
        derandomize=not _EXPLORE,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),  # explaining takes as long again
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


THOROUGH = _settings(300)
NORMAL = _settings(80)
SHORT = _settings(25)

any_text = st.text(st.characters(exclude_categories=()), max_size=60)
"""Any string Python can hold, lone surrogates among them."""

real_text = st.text(st.characters(codec="utf-8"), max_size=60)
"""Any string that has a UTF-8 form: what can come over HTTP."""

words = st.lists(st.text("abcdefghij", min_size=1, max_size=9), min_size=1, max_size=12).map(" ".join)

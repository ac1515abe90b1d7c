"""Rate limits as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.limits import MAX_COUNT, RateLimit
from tests.unit.properties import NORMAL, any_text


@pytest.mark.parametrize(
    ("text", "count", "window_s"),
    [
        ("5/minute", 5, 60),
        ("1/second", 1, 1),
        (" 100 / hours ", 100, 3600),
        ("500/day", 500, 86400),
        ("01/minute", 1, 60),
    ],
)
def test_a_rate_is_read(text, count, window_s):
    """Count and unit, in singular or plural, with or without spaces."""
    assert RateLimit.parse(text) == RateLimit(count, window_s)


@pytest.mark.parametrize(
    "text",
    ["", "5", "0/minute", "1001/minute", "-1/minute", "5/week", "5 per minute", "5/minute/hour", "5.5/minute",
     "1e2/day", "5/Minute", "99999999999999999999/day", "5/minute; DROP", "5//minute"],
)  # fmt: skip
def test_what_is_no_rate_is_refused_by_name(text):
    """The sentence repeats what was written and shows the form."""
    with pytest.raises(ValueError, match="5/minute"):
        RateLimit.parse(text)


@NORMAL
@given(st.integers(-5, 2000), st.sampled_from(["second", "minute", "hour", "day"]))
def test_exactly_one_to_a_thousand_are_accepted(count, unit):
    """The bounds hold for every unit."""
    if 1 <= count <= MAX_COUNT:
        assert RateLimit.parse(f"{count}/{unit}").count == count
    else:
        with pytest.raises(ValueError, match="1-1000"):
            RateLimit.parse(f"{count}/{unit}")


@NORMAL
@given(any_text)
def test_any_text_is_a_rate_or_a_value_error(text):
    """Nothing else is ever raised."""
    try:
        assert RateLimit.parse(text).window_s in (1, 60, 3600, 86400)
    except ValueError:
        return

"""Branding: colours people can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.branding import MIN_CONTRAST, Branding, contrast
from tests.unit.properties import NORMAL

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#123456", "#123456", 1),
    ],
)
def test_contrast_is_that_of_wcag(first, second, ratio):
    """Known pairs have the ratios that every checker reports."""
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)


@NORMAL
@given(colours, colours)
def test_contrast_has_no_direction_and_stays_within_1_and_21(first, second):
    """Swapping the colours changes nothing."""
    assert contrast(first, second) == contrast(second, first)
    assert 1 <= contrast(first, second) <= 21.0001


@NORMAL
@given(colours, colours)
def test_branding_is_saved_when_and_only_when_it_can_be_read(primary, text):
    """Below 4.5:1 the pair is refused, and the sentence says the ratio."""
    if contrast(primary, text) >= MIN_CONTRAST:
        assert Branding(primary_color=primary, text_color=text).primary_color == primary
    else:
        with pytest.raises(ValidationError, match=r"contrast of [\d.]+:1"):
            Branding(primary_color=primary, text_color=text)


@pytest.mark.parametrize(("written", "kept"), [("#FFF", "#ffffff"), ("#AbC", "#aabbcc"), (" #1F4E79 ", "#1f4e79")])
def test_colours_are_kept_in_one_form(written, kept):
    """Short, upper-case and padded forms become #rrggbb."""
    dark = "#000000" if kept != "#1f4e79" else "#ffffff"
    assert Branding(primary_color=written, text_color=dark).primary_color == kept


@pytest.mark.parametrize(
    "colour", ["red", "#12345", "#1234567", "1f4e79", "#ggg", "", "#fff;}", "#１２３", "rgb(0,0,0)"]
)
def test_what_is_no_colour_is_refused(colour):
    """Names, functions, other lengths, other digits and style injections are no colours."""
    with pytest.raises(ValidationError):
        Branding(primary_color=colour)


@pytest.mark.parametrize(
    "fields",
    [{"greeting": ""}, {"greeting": "\u200b"}, {"greeting": "a" * 601}, {"title": "a" * 61}, {"position": "top"},
     {"logo_url": "javascript:alert(1)"}, {"font": "Comic Sans"}],
)  # fmt: skip
def test_other_fields_have_their_limits_too(fields):
    """Greeting, title, place and logo are checked; unknown fields are refused."""
    with pytest.raises(ValidationError):
        Branding(**fields)

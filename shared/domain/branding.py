"""How a business's assistant looks. Colours must be readable: the contrast is checked when they are saved."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from shared.domain.text import Line, Text
from shared.domain.urls import WebUrl

MIN_CONTRAST = 4.5  # WCAG 2.2 AA for text
_LINEAR_BELOW = 0.04045  # of the sRGB transfer curve
_HEX = re.compile(r"^#(?:[0-9a-f]{3}|[0-9a-f]{6})$")


def _hex_colour(value: str) -> str:
    colour = value.lower()
    if not _HEX.match(colour):
        raise ValueError("is not a colour such as #1f5c45")
    return colour if len(colour) == len("#rrggbb") else "#" + "".join(c * 2 for c in colour[1:])


Colour = Annotated[Text, AfterValidator(_hex_colour)]


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio (1-21) of two #rrggbb colours."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= _LINEAR_BELOW else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Branding(BaseModel):
    """Colours, title, logo and place of the widget, and the words it opens with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    primary_color: Colour = "#1f4e79"
    text_color: Colour = "#ffffff"
    title: Annotated[Line, StringConstraints(max_length=60)] | None = None
    logo_url: WebUrl | None = None
    position: Literal["bottom-right", "bottom-left"] = "bottom-right"
    greeting: Annotated[Text, StringConstraints(min_length=1, max_length=600)] = "Hello! How can I help you today?"

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        ratio = contrast(self.primary_color, self.text_color)
        if ratio < MIN_CONTRAST:
            raise ValueError(
                f"text_color {self.text_color} on primary_color {self.primary_color} has a contrast of {ratio:.1f}:1; "
                f"people need at least {MIN_CONTRAST}:1"
            )
        return self

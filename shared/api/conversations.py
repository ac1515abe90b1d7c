"""Parts of a conversation as more than one function's API has them."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue, StringConstraints

from shared.domain.text import Line, clean_json

MAX_METADATA_BYTES = 4096

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:@-]{1,128}$")]


def _small_object(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value, allow_nan=False).encode()) > MAX_METADATA_BYTES:
        raise ValueError(f"may have at most {MAX_METADATA_BYTES} bytes as JSON")
    cleaned: dict[str, Any] = clean_json(value)
    return cleaned


Metadata = Annotated[dict[str, JsonValue], AfterValidator(_small_object)]


class PageIn(BaseModel):
    """The page the visitor is on."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    url: Annotated[Line, StringConstraints(max_length=2048)]
    title: Annotated[Line, StringConstraints(max_length=300)] = ""


class SessionMessage(BaseModel):
    """One thing that was said."""

    role: Literal["user", "assistant"]
    html: str
    text: str
    at: str
    message_id: str

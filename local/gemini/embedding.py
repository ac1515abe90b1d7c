"""The embedding calls: what to embed, and vectors of the length asked for, as JSON. Pure."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from local.gemini.errors import invalid
from local.gemini.fields import Json, array_at, integer_at, object_at
from local.gemini.request import EmbedItem
from local.gemini.wire import parse_parts

MAX_BATCH = 100
MIN_DIMENSIONS = 128
MAX_DIMENSIONS = 3072

# The instruction in front of a query or document speaks to the real model; ours only wants the text.
_TASK = re.compile(r"\s*task:[^|\n]*\|\s*(?:query:\s*)?", re.IGNORECASE)
_TITLED = re.compile(r"\s*title:(?P<title>[^|\n]*)\|\s*text:\s*", re.IGNORECASE)

Floats = NDArray[np.float32]


def parse_batch(body: Json) -> tuple[EmbedItem, ...]:
    """The items of a batchEmbedContents body, 1 to 100. Raises ApiError 400."""
    items = array_at(body.get("requests") or [], "requests")
    if not items:
        raise invalid("* BatchEmbedContentsRequest.requests: at least one request is required\n")
    if len(items) > MAX_BATCH:
        raise invalid(f"* BatchEmbedContentsRequest.requests: at most {MAX_BATCH} requests can be in one batch\n")
    return tuple(parse_item(object_at(item, "requests")) for item in items)


def parse_item(body: Json) -> EmbedItem:
    """One embedContent body; Vertex nests its options in embedContentConfig. Raises ApiError 400."""
    options = body | object_at(body.get("embedContentConfig") or {}, "embed_content_config")
    content = object_at(body.get("content") or {}, "content")
    text = "\n".join(part.text for part in parse_parts(content.get("parts"), "content") if part.text)
    if not text.strip():
        raise invalid("* EmbedContentRequest.content: contains an empty Part.\n")
    wanted = options.get("outputDimensionality")
    where = "EmbedContentRequest.output_dimensionality"
    return EmbedItem(
        text=plain_text(text, str(options.get("title") or "")),
        dimensions=MAX_DIMENSIONS if wanted is None else integer_at(wanted, where, MIN_DIMENSIONS, MAX_DIMENSIONS),
        model=str(body["model"]).rpartition("models/")[2] if body.get("model") else None,
    )


def plain_text(text: str, title: str = "") -> str:
    """The text without its instruction prefix, a known title in front."""
    if match := _TITLED.match(text):
        title, text = match["title"].strip(), text[match.end() :]
    elif match := _TASK.match(text):
        text = text[match.end() :]
    return f"{title}\n{text}" if title and title.lower() != "none" else text


def shorten(vector: Floats, dimensions: int) -> Floats:
    """The first `dimensions` numbers, made unit length again."""
    cut = vector[:dimensions]
    unit: Floats = cut / max(float(np.linalg.norm(cut)), 1e-12)
    return unit


def values_json(vector: Floats, dimensions: int) -> str:
    """`{"values":[...]}`: the unit vector, cut or padded with zeros, which changes no cosine.

    Written by hand: one dump of a whole batch would hold the interpreter for too long.
    """
    numbers = [repr(round(float(value), 8)) for value in shorten(vector, dimensions)]
    return '{"values":[' + ",".join(numbers + ["0.0"] * (dimensions - len(numbers))) + "]}"


def batch_json(vectors: Sequence[Floats], items: Sequence[EmbedItem]) -> str:
    """The body of a batchEmbedContents answer."""
    rows = (values_json(vector, item.dimensions) for vector, item in zip(vectors, items, strict=True))
    return '{"embeddings":[' + ",".join(rows) + "]}"


def single_json(vector: Floats, item: EmbedItem) -> str:
    """The body of an embedContent answer."""
    return '{"embedding":' + values_json(vector, item.dimensions) + "}"

"""Where an index lies in the bucket, and its files' forms. Written by writer.py, read by reader.py.

data/{business}/manifest.json                   the switch: names the current build and its checksums
data/{business}/builds/{build}/index.faiss      immutable
data/{business}/builds/{build}/chunks.jsonl     immutable; line n belongs to vector n
data/{business}/index.faiss, chunks.jsonl       copies of the current build for people and other programs
"""

import json
from collections.abc import Iterable
from dataclasses import asdict

from pydantic import TypeAdapter, ValidationError

from shared.domain.knowledge import Chunk, Manifest

_MANIFEST = TypeAdapter(Manifest)

DEFAULT_TENANT = "default"
INDEX = "index.faiss"
CHUNKS = "chunks.jsonl"


def prefix(business_id: str) -> str:
    """Return the folder of a business's index."""
    return f"data/{business_id}/"


def manifest_name(business_id: str) -> str:
    """Return the name of the object that says which build is current."""
    return f"{prefix(business_id)}manifest.json"


def build_prefix(business_id: str, build_id: str) -> str:
    """Return the folder of one build."""
    return f"{prefix(business_id)}builds/{build_id}/"


def upload_name(business_id: str, source_id: str) -> str:
    """Return the name of a source's uploaded file."""
    return f"uploads/{business_id}/{source_id}"


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as JSON."""
    return json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()


def load_manifest(data: bytes) -> Manifest:
    """Return the manifest; ValueError when it is not a whole one of this format."""
    try:
        return _MANIFEST.validate_json(data)
    except ValidationError as error:
        raise ValueError(f"the manifest is damaged ({error.error_count()} fields)") from None


def dump_chunks(chunks: Iterable[Chunk]) -> bytes:
    """Return the chunks, one JSON object a line."""
    return b"".join(json.dumps(asdict(chunk), ensure_ascii=False).encode() + b"\n" for chunk in chunks)


def load_chunks(data: bytes) -> list[Chunk]:
    """Return the chunks in the order of their vectors; ValueError when a line is not a chunk."""
    try:
        return [Chunk(**json.loads(line)) for line in data.splitlines()]
    except TypeError:
        raise ValueError("the chunks are damaged") from None

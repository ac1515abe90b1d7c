"""Where an index lies in the bucket, and its files' forms. Written by writer.py, read by reader.py.

data/{business}/manifest.json                   the switch: names the current build and its checksums
data/{business}/previous.json                   the manifest before it, for when that one is damaged
data/{business}/builds/{build}/manifest.json    immutable, as the rest of the folder; absent in old builds
data/{business}/builds/{build}/index.faiss      immutable
data/{business}/builds/{build}/chunks.jsonl     immutable; line n belongs to vector n
data/{business}/builds/{build}/intents.bin      immutable; a line of JSON, then the vectors; absent in old builds
data/{business}/builds/{build}/terms.bin        the chunks' words (shared/retrieval/lexical.py); absent in old builds
data/{business}/builds/{build}/pages.jsonl.gz   what the next build need not fetch or read again; absent in old builds
data/{business}/index.faiss, chunks.jsonl       copies of the current build for people and other programs
"""

import io
import json
from collections.abc import Iterable
from dataclasses import asdict

from pydantic import TypeAdapter, ValidationError

from shared.domain.knowledge import Chunk, Manifest
from shared.understanding.intents import VERSION, Calibration, IntentModel

_MANIFEST = TypeAdapter(Manifest)

DEFAULT_TENANT = "default"
INDEX = "index.faiss"
CHUNKS = "chunks.jsonl"
INTENTS = "intents.bin"
LEXICAL = "terms.bin"
PAGES = "pages.jsonl.gz"


def prefix(business_id: str) -> str:
    """Return the folder of a business's index."""
    return f"data/{business_id}/"


def manifest_name(business_id: str) -> str:
    """Return the name of the object that says which build is current."""
    return f"{prefix(business_id)}manifest.json"


def previous_name(business_id: str) -> str:
    """Return the name of the copy of the manifest that was current before."""
    return f"{prefix(business_id)}previous.json"


def build_manifest_name(business_id: str, build_id: str) -> str:
    """Return the name of the manifest that lies in a build's own folder."""
    return f"{build_prefix(business_id, build_id)}manifest.json"


def build_prefix(business_id: str, build_id: str) -> str:
    """Return the folder of one build."""
    return f"{prefix(business_id)}builds/{build_id}/"


def work_prefix(business_id: str) -> str:
    """Return the folder of what a build keeps for the next one, should it be stopped (memory.py)."""
    return f"{prefix(business_id)}work/"


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


def dump_intents(model: IntentModel) -> bytes:
    """Return the model as a line of JSON and its vectors in numpy's own format, as halves: they were rounded so."""
    import numpy as np

    header = {
        "version": VERSION,
        "digest": model.digest,
        "calibration": asdict(model.calibration),
        "examples": list(zip(model.names, model.examples, strict=True)),
    }
    vectors = io.BytesIO()
    np.save(vectors, model.matrix.astype(np.float16), allow_pickle=False)
    return json.dumps(header).encode() + b"\n" + vectors.getvalue()


def load_intents(data: bytes, dimensions: int) -> IntentModel | None:
    """Return the model; None when another version of this program wrote it, ValueError when it is damaged."""
    import numpy as np

    head, _, vectors = data.partition(b"\n")
    header = json.loads(head)
    try:
        if header["version"] != VERSION:
            return None
        names, examples = zip(*header["examples"], strict=True)
        matrix = np.lib.format.read_array(io.BytesIO(vectors), allow_pickle=False).astype(np.float32)
        model = IntentModel(names, examples, matrix, Calibration(**header["calibration"]), header["digest"])
    except (KeyError, TypeError, EOFError) as error:
        raise ValueError(f"the intents are damaged ({type(error).__name__})") from None
    if matrix.shape != (len(names), dimensions):
        raise ValueError("the intents' vectors do not match their examples")
    return model

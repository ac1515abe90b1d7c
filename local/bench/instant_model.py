"""A Gemini server that answers at once with the same words: what is left of a turn's time is the platform's own.

Run by the benchmark as `python -m local.bench.instant_model --port P`.
"""

import argparse
import json
from typing import Any

import uvicorn

_WORDS = "A full service costs 95 pounds. [1] It takes two days. Would you like to know more about it?"


def _answer() -> bytes:
    words = _WORDS.split(" ")
    pieces = [" ".join(words[start : start + 4]) + " " for start in range(0, len(words), 4)]
    chunks: list[dict[str, Any]] = [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]} for piece in pieces
    ]
    chunks[-1]["candidates"][0]["finishReason"] = "STOP"
    chunks[-1]["usageMetadata"] = {"promptTokenCount": 900, "candidatesTokenCount": 24, "totalTokenCount": 924}
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()


_STREAM = _answer()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    """Answer every call of the protocol that a turn makes."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    kind, content = b"application/json", b"{}"
    if ":streamGenerateContent" in scope["path"]:
        kind, content = b"text/event-stream", _STREAM
    elif ":batchEmbedContents" in scope["path"]:
        requests = json.loads(body)["requests"]
        vector = [1.0] + [0.0] * (requests[0].get("outputDimensionality", 3072) - 1)
        content = json.dumps({"embeddings": [{"values": vector}] * len(requests)}).encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="error", backlog=512)

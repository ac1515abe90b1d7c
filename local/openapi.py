"""Writes the published OpenAPI documents to docs/openapi: `python -m local.openapi`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.api.admin.app import document as admin_document
from shared.api.chat.app import document as chat_document
from shared.api.voice.app import document as voice_document

FOLDER = Path(__file__).parents[1] / "docs" / "openapi"
DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "chat": chat_document,
    "admin": admin_document,
    "voice": voice_document,
}


def main() -> int:
    """Write all."""
    FOLDER.mkdir(exist_ok=True)
    for name, generate in DOCUMENTS.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(generate(), indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One parser a file format: bytes in, documents as Markdown out. `registry.py` picks by format."""

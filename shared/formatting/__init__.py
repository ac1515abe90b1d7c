"""From what a model writes to what a visitor sees, one file per concern, pure. `web.py` is the entry."""

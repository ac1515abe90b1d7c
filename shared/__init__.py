"""Everything the functions and services share. Start reading at engine/answer.py; the map is in README.md."""

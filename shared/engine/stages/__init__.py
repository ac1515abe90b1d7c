"""The stages of a turn, one file each. A stage takes what it needs and returns what it made."""

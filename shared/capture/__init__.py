"""What visitors say about themselves, captured once and locked. Pure; start reading in `extract.hear`."""

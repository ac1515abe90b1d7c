"""Guards, one per file, pure: `check` looks at a message or a sentence and settles, replaces or passes it."""

"""`make eval`: runs every evaluation, or the one that is named with its own options."""

import sys
from importlib import import_module
from importlib.util import find_spec

# Each a module of this package with `main(arguments) -> exit code`.
EVALS = ("intents", "rules_fuzz", "experiments", "retrieval", "golden")
# Run by name only: they need something that is not kept here.
NAMED = ("docs_crawl",)


def main(arguments: list[str]) -> int:
    """Run what the first argument names, or everything."""
    names = arguments[:1] or [name for name in EVALS if find_spec(f"local.evals.{name}")]
    if not set(names) <= {*EVALS, *NAMED}:
        print(f"usage: python -m local.evals [{' | '.join((*EVALS, *NAMED))}] [options]", file=sys.stderr)
        return 2
    return max(int(import_module(f"local.evals.{name}").main(arguments[1:])) for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

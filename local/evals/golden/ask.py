"""Asks a business's golden questions of the index that serves it, over the running platform's admin API.

python -m local.evals golden [--business ID] [--file FILE] [--admin URL]

With FILE, which is JSON as `GET .../knowledge/golden` gives it or a set of this folder, its questions replace the
business's own first.
The key is the checkout's own, or the variable ADMIN_API_KEY.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2

from local.run import DATA, admin_key
from local.seed import Admin, SeedError, demo_business
from local.stack.ports import DEFAULT_BASE, Ports

_FIGURES = {
    "hit1": "found first", "hit3": "among the first three", "hit8": "among the first eight", "mrr": "MRR",
    "ndcg": "nDCG@8", "facts": "facts found", "refused": "abstention recall", "rightly": "abstention precision",
    "wrongly": "answerable, refused",
}  # fmt: skip


def questions_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return a file's questions in the platform's form; a set of this folder becomes one question a phrasing."""
    if "unanswerable" not in data:
        return data
    given: list[dict[str, Any]] = []
    for item in data["questions"]:
        for kind, texts in item["ask"].items():
            given += [_question(item, f"{kind}-{number}", (text,)) for number, text in enumerate(texts, 1)]
    given += [_question(item, "dialogue", item["turns"]) for item in data["dialogues"]]
    given += [
        {"id": f"{item['id']}-none-{number}", "question": text, "answerable": False}
        for item in data["unanswerable"]
        for number, text in enumerate(item["ask"], 1)
    ]
    return {"questions": given}


def _question(item: dict[str, Any], ending: str, turns: Sequence[str]) -> dict[str, Any]:
    facts = [" | ".join(item["facts"])] if item["facts"] else []  # there any of them is enough
    return {
        "id": f"{item['id']}-{ending}", "question": turns[-1], "history": turns[:-1], "pages": item["pages"],
        "facts": facts,
    }  # fmt: skip


def report(run: dict[str, Any]) -> Iterator[str]:
    """Yield the figures of a run, and each question that would go wrong with the reason."""
    yield f"build {run['build_id']}: {run['asked']} of {run['questions']} questions asked"
    for name, words in _FIGURES.items():
        share = run["figures"][name]
        yield f"  {words:24} {'-' if share is None else f'{100 * share:6.1f} %'}"
    for result in run["results"]:
        if not result["passed"]:
            yield f"  {result['id']}: {result['question']}\n    {why(result)}"


def why(result: dict[str, Any]) -> str:
    """Return in words what went wrong with a question."""
    likelihood = "" if result["likelihood"] is None else f" (likelihood {result['likelihood']:.2f})"
    if not result["answerable"]:
        return f"should be refused, is not{likelihood}; found {_few(result['found'])}"
    if result["refused"]:
        return f"is refused{likelihood}; found {_few(result['found'])}"
    if result["rank"] is None:
        return f"not found: {_few(result['missing_pages'] or result['missing_facts'])}; found {_few(result['found'])}"
    return f"found at place {result['rank']}, without {_few(result['missing_facts'])}"


def _few(texts: list[str]) -> str:
    shown = list(dict.fromkeys(texts))
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "") if shown else "nothing"  # noqa: PLR2004 - a line


def main(arguments: list[str]) -> int:
    """Read the options and print the report; 1 when it cannot be had and a business was named."""
    parser = argparse.ArgumentParser(prog="python -m local.evals golden", description=__doc__)
    base = int(os.environ.get("PORT_BASE") or DEFAULT_BASE)
    parser.add_argument("--business", help="id of the business (default: the demo's)")
    parser.add_argument("--file", type=Path, help="JSON with the questions to keep for it")
    parser.add_argument("--admin", default=f"http://127.0.0.1:{Ports.from_base(base).admin}", help="the admin API")
    options = parser.parse_args(arguments)
    business = options.business or demo_business("")["id"]
    admin = Admin(options.admin, admin_key(DATA))
    try:
        return _asked(admin, f"/v1/businesses/{business}/knowledge/golden", options.file)
    except (SeedError, OSError, ValueError) as error:
        print(f"{business}: {error}")
        return 1
    except httpx2.HTTPError as error:
        print(f"{business}: no platform answers at {options.admin} ({error}); start one with `make run`")
        return 1 if options.business else 0  # `make eval` needs no platform
    finally:
        admin.close()


def _asked(admin: Admin, path: str, file: Path | None) -> int:
    if file:
        admin.call("PUT", path, questions_of(json.loads(file.read_text(encoding="utf-8"))))
    for line in report(admin.call("POST", f"{path}/run", {})):
        print(line)
    return 0

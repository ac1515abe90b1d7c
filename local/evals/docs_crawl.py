"""Crawls a folder of HTML documentation on the whole platform, then asks about it: is the right page cited?

python -m local.evals docs_crawl --docs FOLDER [--questions FILE] [--exclude '/whatsnew/*' ...]

The folder is served on loopback, built into the knowledge of a scratch business, and searched and chatted with over the
platform's APIs. Everything runs on free ports in a folder of its own, and is gone afterwards. The model and the vectors
are of the stand-in.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx2

from local.seed import Admin, SeedError, build
from local.stack.platform import Platform
from local.stack.ports import Ports
from local.stack.process import StackError, spawn
from local.stack.servers import answers_http

QUESTIONS = Path(__file__).parent / "docs" / "python-3.11.json"
BUSINESS = "documentation"
FIRST = 3
_KEY = "docs-crawl-platform-key-0123456789"
_MOST = 2000
_FOUND = 10  # results a search is asked for
_EXAMPLES = 2
_VARIES = re.compile(r"https?://\S+|(?<!answered )\b\d[\d,.]*")


@dataclass(frozen=True)
class Question:
    """What is asked, and the paths of the pages any of which answers it."""

    ask: str
    pages: frozenset[str]

    def rank(self, urls: Sequence[str]) -> int:
        """Return the place of the first right page among different pages, from 1; 0 when it is not there."""
        paths = list(dict.fromkeys(urlsplit(url).path for url in urls))
        return next((place for place, path in enumerate(paths, 1) if path in self.pages), 0)


def load_questions(file: Path) -> list[Question]:
    """Return the questions of a file; OSError or ValueError when it is not there or not one."""
    data = json.loads(file.read_text(encoding="utf-8"))
    try:
        return [Question(one["ask"], frozenset(one["pages"])) for one in data["questions"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file.name} has a question without {error}") from None


@contextmanager
def stack() -> Iterator[Platform]:
    """Start servers, the Gemini stand-in and the functions; stop all at the end."""
    with TemporaryDirectory(prefix="chatbot-docs-") as folder:
        data = Path(folder)
        data.chmod(0o755)  # Postgres may run as another user
        platform = Platform(Ports.free(), data, _KEY)
        try:
            platform.start_servers()
            platform.migrate()
            platform.start_gemini()
            platform.start_functions()
            yield platform
        finally:
            platform.stop()


@contextmanager
def served(docs: Path, port: int, log: Path) -> Iterator[str]:
    """Serve a folder with Python's own web server and yield its address."""
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(docs)]
    child = spawn("documentation", command, log)
    child.wait_until(lambda: answers_http(port, "/"))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def crawled(admin: Admin, business: str, source: dict[str, Any]) -> Iterator[str]:
    """Create a business, build its knowledge from one source, and yield what became of the pages, and how fast."""
    path = f"/v1/businesses/{business}"
    admin.call("POST", "/v1/businesses", {"id": business, "name": "Documentation"})
    admin.call("POST", f"{path}/knowledge/sources", {"kind": "website", **source})
    phases: dict[str, float] = {}
    begun = time.monotonic()

    def tell(text: str) -> None:
        phases.setdefault(text.removeprefix("knowledge: ").partition(",")[0], time.monotonic() - begun)
        if sys.stderr.isatty():
            print(f"\r\x1b[K  {text}", end="", file=sys.stderr, flush=True)

    state = build(admin, path, tell)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    taken = time.monotonic() - begun
    counts = state["counts"]
    yield (
        f"{counts['fetched']} pages in {taken:.0f} s: {counts['indexed']} indexed, {counts['skipped']} skipped, "
        f"{counts['failed']} failed; {counts['chunks']} chunks, {counts['embedded']} embedded"
    )
    yield "phases began at: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in phases.items())
    yield from reasons(_all(admin, f"{path}/knowledge/builds/{state['id']}/pages"))


def reasons(pages: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield each reason for which pages are not indexed, or not wholly, how often, and a page or two."""
    kinds: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[str]] = {}
    for page in pages:
        if page["reason"]:
            kind = (page["outcome"], _VARIES.sub("...", page["reason"]))
            kinds[kind] += 1
            examples.setdefault(kind, []).append(urlsplit(page["url"]).path)
    for kind, count in kinds.most_common():
        yield f"  {count:5} {kind[0]}: {kind[1]} ({', '.join(examples[kind][:_EXAMPLES])})"


def asked(admin: Admin, chat_url: str, business: str, questions: Sequence[Question]) -> tuple[list[str], bool]:
    """Return a line a question with the right page's place in search and citations, and whether all are cited."""
    lines = [f"{'search':>8}{'cited':>7}  question"]
    found, cited = [], []
    with httpx2.Client(base_url=chat_url, trust_env=False, timeout=60) as web:
        for number, question in enumerate(questions):
            search = admin.call("GET", f"/v1/businesses/{business}/knowledge/search?{_query(question.ask)}")
            message = {"business_id": business, "session_id": f"docs-{number}", "message": question.ask}
            answer = web.post("/chat", json=message)
            answer.raise_for_status()
            urls = [citation["url"] for citation in answer.json()["citations"]]
            found.append(question.rank([result["url"] for result in search["results"]]))
            cited.append(question.rank(urls))
            first = f"  [cited: {', '.join(urlsplit(url).path for url in urls) or 'nothing'}]"
            lines.append(f"{found[-1] or '-':>8}{cited[-1] or '-':>7}  {question.ask}{first}")
    count = len(questions)
    lines.append(
        f"right page: found first {found.count(1)} of {count}, among the first {FIRST} "
        f"{sum(0 < rank <= FIRST for rank in found)}; cited {sum(map(bool, cited))}, cited first {cited.count(1)}"
    )
    return lines, all(cited)


def _query(text: str) -> str:
    return str(httpx2.QueryParams({"q": text, "limit": _FOUND}))


def _all(admin: Admin, path: str) -> list[dict[str, Any]]:
    """Return all items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        query = httpx2.QueryParams({"limit": 100} | ({"cursor": cursor} if cursor else {}))
        answer = admin.call("GET", f"{path}?{query}")
        items += answer["items"]
        cursor = answer["next_cursor"]
        if not cursor:
            return items


def main(arguments: list[str]) -> int:
    """Read the options, crawl and ask; 1 when something cannot be had or a right page is not cited."""
    parser = argparse.ArgumentParser(prog="python -m local.evals docs_crawl", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--docs", type=Path, required=True, help="a folder with index.html and what it links to")
    parser.add_argument(
        "--questions", type=Path, default=QUESTIONS, help="default: ten about Python 3.11's documentation"
    )
    parser.add_argument("--exclude", nargs="*", default=[], metavar="PATTERN", help="paths that are not crawled")
    parser.add_argument("--max-pages", type=int, default=_MOST)
    options = parser.parse_args(arguments)
    if not (options.docs / "index.html").is_file():
        print(f"{options.docs} has no index.html; for example the folder of Debian's python3.11-doc has one")
        return 1
    try:
        questions = load_questions(options.questions)
        with (
            stack() as platform,
            served(options.docs, platform.ports.site, platform.data / "logs" / "docs.log") as site,
        ):
            return _run(platform, site, options, questions)
    except (OSError, ValueError, StackError, SeedError) as error:
        print(error)
        return 1


def _run(platform: Platform, site: str, options: argparse.Namespace, questions: Sequence[Question]) -> int:
    start, deep = f"{site}/index.html", 20
    source = {"start_urls": [start], "exclude": options.exclude, "max_pages": options.max_pages, "max_depth": deep}
    admin = Admin(platform.admin_url, _KEY)
    try:
        print(f"{sum(1 for _ in options.docs.rglob('*.html'))} HTML files, left out: {options.exclude or 'none'}")
        for line in crawled(admin, BUSINESS, source):
            print(line, flush=True)
        lines, whole = asked(admin, platform.chat_url, BUSINESS, questions)
        print("\n".join(lines))
        return 0 if whole else 1
    finally:
        admin.close()

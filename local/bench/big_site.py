"""A made-up chain of shops as a website of any number of pages, the same each time, and its web server on loopback.

Run by the benchmark as `python -m local.bench.big_site --port P --pages 500`. Pages are as they are in life: a menu, a
footer and scripts that are longer than many a text, pictures, prices, opening hours, articles of different length.
"""

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvicorn

PAGES = 500
CHANGE, COUNTS = "/_bench/change", "/_bench/counts"  # POST changes `?pages=N`, GET tells what was answered; no page
_PER_LIST = 25
_KINDS = (("articles", 0.6), ("products", 0.3), ("branches", 0.1))
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def _words(text: str) -> list[str]:
    return text.split()


_SYLLABLES = _words("ba co du fe gi ha jo ku le mi no pa que ri so ta ul ve wi xa yo zu bran crel dorn fisk glen hurt")
_WORDS_OF_TRADE = _words(
    "brake chain saddle wheel pedal frame light lock helmet basket tyre tube gear cable bell pump rack battery motor "
    "fork bearing spoke rim lever cassette charger display sensor trailer mirror mudguard stand"
)
_VERBS = _words("check replace clean adjust order return compare mount store carry charge insure repair test rent")
_SENTENCES = (
    "Before you {verb} the {part}, look whether the {made} {part2} is still tight.",
    "A {made} {part} costs {price} pounds and lasts about {count} months in the city.",
    "Our {town} workshop will {verb} it within {count} working days, {made} parts included.",
    "Most riders who {verb} a {part} themselves forget the {part2}, and come back in {month}.",
    "The maker of the {made} {part} gives {count} years of guarantee, of which the first {few} cover the {part2} too.",
    "In {month} we {verb} every {part} for {price} pounds when the {part2} is done with it.",
    "If the {part} makes a noise like {made}, do not {verb} it: bring it to {town}, nobody has to book for that.",
    "Measured over {count} thousand kilometres the {made} {part} lost {few} per cent of its strength.",
)
_MONTHS = _words("January February March April May June July August September October November December")


@dataclass(frozen=True)
class Site:
    """All pages by their path, each with its bytes."""

    pages: Mapping[str, bytes]

    @classmethod
    def make(cls, count: int = PAGES, changed: int = 0) -> "Site":
        """Return a site of `count` pages; `changed`: how many of its texts say something else than at first."""
        return cls({path: html.encode() for path, html in _pages(count, changed)})


def _pages(count: int, changed: int) -> Iterator[tuple[str, str]]:
    """Yield each page's path and HTML: the first page, then of each kind its lists and what they list."""
    lists = -(-(count - 1) // (_PER_LIST + 1))
    leaves = count - 1 - lists
    kinds = _shared_out(lists)
    yield "/", _page("/", "Wheels of Brindle", _first_page(kinds))
    number = 0
    for kind, pages in kinds.items():
        for page in range(1, pages + 1):
            size = leaves // lists + (1 if number < leaves % lists else 0)
            paths = [f"/{kind}/{_slug(kind, page, n)}" for n in range(size)]
            yield f"/{kind}/page-{page}", _page(f"/{kind}/page-{page}", f"{kind.title()}, page {page}", _list(paths))
            for n, path in enumerate(paths):
                yield path, _leaf(kind, path, changed=n == 0 and number < changed)
            number += 1


def _shared_out(lists: int) -> dict[str, int]:
    """Return how many list pages each kind has."""
    counts = {kind: max(1, int(lists * share)) for kind, share in _KINDS[1:]}
    return {_KINDS[0][0]: max(1, lists - sum(counts.values())), **counts}


def _slug(kind: str, page: int, number: int) -> str:
    chance = random.Random(f"{kind}{page}.{number}")  # noqa: S311 - the same each time
    return f"{chance.choice(_VERBS)}-{chance.choice(_WORDS_OF_TRADE)}-{_name(chance).lower()}-{page}-{number}"


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3)))).title()


def _leaf(kind: str, path: str, *, changed: bool) -> str:
    chance = random.Random(path)  # noqa: S311 - the same each time
    title = path.rpartition("/")[2].rsplit("-", 2)[0].replace("-", " ").title()
    body = {"articles": _article, "products": _product, "branches": _branch}[kind](chance)
    news = (
        f"<p>Since this week the {title} page has a new line, and {title} is 7 pounds cheaper.</p>" if changed else ""
    )
    return _page(path, title, f"<h1>{title}</h1>{news}{body}")


def _sentence(chance: random.Random) -> str:
    return chance.choice(_SENTENCES).format(
        verb=chance.choice(_VERBS), part=chance.choice(_WORDS_OF_TRADE), part2=chance.choice(_WORDS_OF_TRADE),
        made=_name(chance), town=_name(chance), price=chance.randrange(5, 900), count=chance.randrange(2, 60),
        few=chance.randrange(1, 9), month=chance.choice(_MONTHS),
    )  # fmt: skip


def _paragraphs(chance: random.Random, count: int) -> str:
    return "".join(f"<p>{' '.join(_sentence(chance) for _ in range(chance.randrange(2, 6)))}</p>" for _ in range(count))


def _article(chance: random.Random) -> str:
    """A text of one to nine sections: most are short, some are long."""
    parts = []
    for _ in range(min(9, 1 + int(chance.expovariate(0.4)))):
        heading = f"How to {chance.choice(_VERBS)} a {chance.choice(_WORDS_OF_TRADE)} from {_name(chance)}"
        picture = f'<figure><img src="/i/{chance.randrange(999)}.jpg" alt=""><figcaption>In use</figcaption></figure>'
        items = "".join(f"<li>{_sentence(chance)}</li>" for _ in range(chance.randrange(0, 5)))
        parts.append(f"<h2>{heading}</h2>{picture}{_paragraphs(chance, chance.randrange(1, 5))}<ul>{items}</ul>")
    return "".join(parts)


def _product(chance: random.Random) -> str:
    rows = "".join(
        f"<tr><td>{_name(chance)} {size}</td><td>£{chance.randrange(20, 2000)}.00</td>"
        f"<td>{chance.choice(_MONTHS)}</td></tr>"
        for size in ("S", "M", "L", "XL")
    )
    head = "<tr><th>Model</th><th>Price</th><th>Delivered from</th></tr>"
    return f"{_paragraphs(chance, 2)}<h2>Sizes and prices</h2><table>{head}{rows}</table>{_paragraphs(chance, 1)}"


def _branch(chance: random.Random) -> str:
    rows = "".join(
        f"<tr><td>{day}</td><td>{chance.randrange(7, 11)}:30 to {chance.randrange(16, 21)}:00</td></tr>"
        for day in _DAYS
    )
    street = f"{chance.randrange(1, 200)} {_name(chance)} Street, {_name(chance)}"
    return f"<p>You find us at {street}.</p><h2>Opening hours</h2><table>{rows}</table>{_paragraphs(chance, 2)}"


def _list(paths: Sequence[str]) -> str:
    chance = random.Random(paths[0])  # noqa: S311 - the same each time
    items = "".join(
        f'<li><a href="{path}">{path.rpartition("/")[2].replace("-", " ").title()}</a> {_sentence(chance)}</li>'
        for path in paths
    )
    return f"<h1>What there is</h1><p>{_sentence(chance)}</p><ul>{items}</ul>"


def _first_page(kinds: Mapping[str, int]) -> str:
    links = "".join(
        f'<li><a href="/{kind}/page-{page}">{kind.title()}, page {page}</a></li>'
        for kind, pages in kinds.items()
        for page in range(1, pages + 1)
    )
    return f"<h1>Wheels of Brindle</h1>{_paragraphs(random.Random(0), 3)}<ul>{links}</ul>"  # noqa: S311


_MENU = "".join(
    f'<li><a href="/{kind}/page-1"><svg><path d="M0 0h24v24H0z"/></svg>{kind.title()}</a></li>' for kind, _ in _KINDS
)
_SCRIPT = "window.settings=" + json.dumps({f"option{n}": f"value of option {n}" for n in range(200)}) + ";"
_FOOTER = (
    "<p>Wheels of Brindle Ltd, 1 Market Square. Open Monday to Saturday, 8:30 to 18:00. Call 01632 960000.</p>"
    "<p>Prices with tax. Errors excepted. We use cookies for the basket alone.</p>"
)


def _page(path: str, title: str, main: str) -> str:
    """Return a page with all that stands around its text."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Wheels of Brindle</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/site.css">'
        f"<script>{_SCRIPT}</script></head><body><header><a href='/'>Wheels of Brindle</a><nav><ul>{_MENU}</ul></nav>"
        f'</header><nav aria-label="breadcrumb"><a href="/">Start</a> / {path}</nav><main><article>{main}</article>'
        f"</main><footer>{_FOOTER}<ul>{_MENU}</ul></footer><script>{_SCRIPT}</script></body></html>"
    )


@dataclass
class Server:
    """The site as an ASGI application: entity tags, 304 where nothing is new, a sitemap without dates."""

    count: int
    answered: Counter[str] = field(default_factory=Counter)
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.site = Site.make(self.count)

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Answer a request."""
        if scope["type"] != "http":
            return
        status, headers, body = self._answer(scope["path"], scope["query_string"].decode(), dict(scope["headers"]))
        names = [(b"content-length", str(len(body)).encode()), *headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": names})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str, query: str, asked: Mapping[bytes, bytes]) -> tuple[int, dict[bytes, bytes], bytes]:
        if path == CHANGE:
            self.site = Site.make(self.count, int(query.removeprefix("pages=")))
            return 200, {}, b""
        if path == COUNTS:
            told, self.answered = self.answered, Counter()
            return 200, {b"content-type": b"application/json"}, json.dumps(told).encode()
        body = _sitemap(self.site, asked) if path == "/sitemap.xml" else self.site.pages.get(path)
        if body is None:
            self.answered["404"] += 1
            return 404, {}, b""
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'.encode()
        headers = {b"etag": tag, b"cache-control": b"no-cache"}
        if asked.get(b"if-none-match") == tag:
            self.answered["304"] += 1
            return 304, headers, b""
        self.answered["200"] += 1
        kind = b"application/xml" if path.endswith(".xml") else b"text/html; charset=utf-8"
        return 200, {**headers, b"content-type": kind}, body


def _sitemap(site: Site, asked: Mapping[bytes, bytes]) -> bytes:
    origin = f"http://{asked.get(b'host', b'127.0.0.1').decode()}"
    urls = "".join(f"<url><loc>{origin}{path}</loc></url>" for path in site.pages)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pages", type=int, default=PAGES)
    options = parser.parse_args()
    uvicorn.run(Server(options.pages), host="127.0.0.1", port=options.port, log_level="error", backlog=512)

"""What the contract says of a reply's HTML, as a check; and a short way to have a reply written."""

from collections.abc import Callable, Iterable, Sequence
from html.parser import HTMLParser

from shared.domain.knowledge import Passage
from shared.formatting.web import CitationBook, ReplyWriter
from tests.unit.samples import SITE, a_passage

PRICES = f"{SITE}/prices"
ALLOWED = (PRICES, f"{SITE}/a_b__c", f"{SITE}/Case", "mailto:hi@acme.example", "tel:+441632960000")
PASSAGES = (a_passage(1), a_passage(2), a_passage(3, url="", title="Uploaded list"), a_passage(4, shared=True))
_LINKABLE = {url.rstrip("/") for url in (*ALLOWED, *(passage.chunk.url for passage in PASSAGES)) if url}


class _Reader(HTMLParser):
    """Reads a reply strictly: anything the contract does not name is a complaint."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.complaints: list[str] = []
        self.links: list[str] = []
        self.paragraphs = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a tag, its place and its attributes."""
        if tag not in {"p", "b", "i", "br", "a"}:
            self.complaints.append(f"<{tag}> is not allowed")
        if tag == "p" and self.open:
            self.complaints.append("<p> inside something")
        if tag != "p" and "p" not in self.open:
            self.complaints.append(f"<{tag}> outside a paragraph")
        if tag == "a":
            self._link(dict(attrs))
        elif attrs:
            self.complaints.append(f"<{tag}> with attributes {attrs}")
        self.paragraphs += tag == "p"
        if tag != "br":
            self.open.append(tag)

    def _link(self, attributes: dict[str, str | None]) -> None:
        href = attributes.get("href") or ""
        self.links.append(href)
        if "a" in self.open:
            self.complaints.append("a link inside a link")
        if attributes.keys() != {"href", "rel", "target"}:
            self.complaints.append(f"a link with {sorted(attributes)}")
        if "noopener" not in (attributes.get("rel") or "") or attributes.get("target") != "_blank":
            self.complaints.append("a link that hands over the window")
        if href.partition("#")[0].rstrip("/") not in _LINKABLE:
            self.complaints.append(f"a link to {href}")

    def handle_endtag(self, tag: str) -> None:
        """Check that it closes what was opened last."""
        if not self.open or self.open.pop() != tag:
            self.complaints.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        """Text may stand in paragraphs only."""
        if data.strip() and not self.open:
            self.complaints.append(f"text outside a paragraph: {data!r}")

    def handle_comment(self, data: str) -> None:
        """None may be left."""
        self.complaints.append(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        """None may be left."""
        self.complaints.append(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        """None may be left."""
        self.complaints.append(f"an instruction: {data!r}")


def read(markup: str) -> _Reader:
    """Return a reader that has read the markup and found nothing against the contract."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    if reader.open:
        reader.complaints.append(f"left open: {reader.open}")
    if markup.count("<") != sum(markup.count(f"<{tag}") for tag in ("p>", "/", "b>", "i>", "br>", "a ")):
        reader.complaints.append("a '<' that is no tag")
    assert not reader.complaints, (reader.complaints, markup)
    assert reader.paragraphs <= 4, markup
    return reader


def writer(
    bold: Iterable[str] = (),
    screen: Callable[[str], str] = lambda sentence: sentence,
    passages: Sequence[Passage] = PASSAGES,
    allowed: Iterable[str] = ALLOWED,
) -> ReplyWriter:
    """Return a writer for a business that may link to ALLOWED and found PASSAGES."""
    return ReplyWriter(CitationBook(tuple(passages)), allowed, bold, screen)


def written(text: str | Iterable[str], into: ReplyWriter | None = None) -> str:
    """Return the HTML of a model's text, given whole or in pieces; the deltas joined, which must be the reply."""
    into = into or writer()
    pieces = [into.feed(piece) for piece in ([text] if isinstance(text, str) else text)]
    joined = "".join([*pieces, into.flush(), into.close()])
    assert joined == into.reply.html
    return joined


def said(text: str | Iterable[str], into: ReplyWriter | None = None) -> str:
    """Return what the visitor reads of a model's text, after checking its HTML."""
    into = into or writer()
    read(written(text, into))
    return into.reply.text

"""Serves the demo business's website with the chat widget on every page, as its own web server would.

Must not know the platform: the widget's address and the business id are all it is told.
"""

import argparse
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

SITE = Path(__file__).parent / "site"
NOT_FOUND_PAGE = "404.html"
BASE_URL_PLACEHOLDER = "{site}"
# Written out, because the machine's own table of MIME types differs from one system to the next.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Website:
    """A folder of pages, and the line that embeds the widget in them (empty for none)."""

    root: Path
    embed_line: str = ""

    def addresses(self) -> dict[str, Path]:
        """Every URL path with its file. Nothing else is served, so no request can name a file outside."""
        found: dict[str, Path] = {}
        for file in self.root.rglob("*"):
            name = file.relative_to(self.root).as_posix()
            if file.suffix in MEDIA_TYPES and file.is_file() and name != NOT_FOUND_PAGE:
                found[_clean_url(f"/{name}") if file.suffix == ".html" else f"/{name}"] = file
        return found

    def body(self, file: Path, base_url: str) -> bytes:
        """The bytes to send for a file: embed line put in, base URL filled in where it is asked for."""
        if file.suffix == ".html":
            page = file.read_text(encoding="utf-8")
            return page.replace("</body>", f"{self.embed_line}</body>").encode()
        if file.name in {"robots.txt", "sitemap.xml"}:
            text = file.read_text(encoding="utf-8")
            return text.replace(BASE_URL_PLACEHOLDER, html.escape(base_url)).encode()
        return file.read_bytes()


def embed_line(chat_url: str, business_id: str) -> str:
    """The script tag a business pastes into its pages."""
    source = html.escape(f"{chat_url.rstrip('/')}/widget.js")
    return f'<script src="{source}" data-business-id="{html.escape(business_id)}" defer></script>\n'


def create_app(site: Path = SITE, embed: str = "") -> Starlette:
    """The web server as an ASGI application."""
    website = Website(site, embed)

    def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "pages": len(website.addresses())})

    def visit(request: Request) -> Response:
        return _respond(website, request)

    return Starlette(routes=[Route("/health", health), Route("/{path:path}", visit)])


def _respond(website: Website, request: Request) -> Response:
    addresses = website.addresses()
    path = request.scope["path"]
    if path in addresses:
        return _file_response(website, addresses[path], request)
    clean = _clean_url(path)
    if clean in addresses:
        # Browsers keep permanent redirects for ever, and another project may use this port tomorrow.
        target = request.url.replace(path=clean, scheme="", netloc="")
        return RedirectResponse(str(target), status_code=301, headers={"Cache-Control": "no-cache"})
    page = website.body(website.root / NOT_FOUND_PAGE, _base_url(request))
    return Response(page, status_code=404, headers={"Content-Type": MEDIA_TYPES[".html"]})


def _file_response(website: Website, file: Path, request: Request) -> Response:
    body = website.body(file, _base_url(request))
    modified = file.stat().st_mtime
    headers = {
        "Cache-Control": "no-cache",
        "Content-Type": MEDIA_TYPES[file.suffix],
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Last-Modified": formatdate(modified, usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }
    if _is_unchanged(request.headers, headers["ETag"], int(modified)):
        del headers["Content-Type"]
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)


def _is_unchanged(asked: Mapping[str, str], etag: str, modified: int) -> bool:
    """Whether the client's copy is still good. A tag beats a date (RFC 9110, 13.2.2)."""
    if wanted := asked.get("if-none-match"):
        return wanted.strip() == "*" or etag in re.findall(r'"[^"]*"', wanted)
    try:
        return modified <= parsedate_to_datetime(asked["if-modified-since"]).timestamp()
    except (KeyError, ValueError):
        return False


def _clean_url(path: str) -> str:
    """`/prices.html`, `/prices/` and `/index.html` as the one address a page has."""
    return path.removesuffix("/").removesuffix(".html").removesuffix("/index") or "/"


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted. Without `--chat-url` the pages carry no widget."""
    parser = argparse.ArgumentParser(prog="python -m local.demo.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--site", type=Path, default=SITE, help="folder to serve instead of the demo's own")
    parser.add_argument("--chat-url", default="", help="where the chat function answers; turns the widget on")
    parser.add_argument("--business-id", default="juniper-street-cycles")
    chosen = parser.parse_args(arguments)
    embed = embed_line(chosen.chat_url, chosen.business_id) if chosen.chat_url else ""
    uvicorn.run(
        create_app(chosen.site, embed),
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()

"""One form for every URL: for the queue, for recognising a page again and for what is stored. Pure."""

import fnmatch
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"(?:utm_\w+|gclid|dclid|gbraid|wbraid|fbclid|msclkid|twclid|igshid|mc_cid|mc_eid|_ga|_gl)(?:=|$)"
)
_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|mjs|json|xml|zip|gz|tar|rar|7z|mp[34]|m4a|wav|ogg|webm|mov|avi|woff2?"
    r"|ttf|otf|eot|exe|dmg|apk|docx?|xlsx?|pptx?)$",
    re.IGNORECASE,
)


def normalised(url: str) -> str:
    """Return the URL in the one form we queue and store: no fragment, no tracking, sorted query; "" if not http(s)."""
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
            return ""
        shown = f"[{host}]" if ":" in host else host
        authority = shown if port in (None, _DEFAULT_PORTS[scheme]) else f"{shown}:{port}"
        query = "&".join(part for part in parts.query.split("&") if not _TRACKING.match(part))
        return str(canonicalize_url(urlunsplit((scheme, authority, parts.path or "/", query, ""))))
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """Return host and port, without `www.`: what "the same site" means."""
    return urlsplit(url).netloc.lower().removeprefix("www.")


def is_page(url: str) -> bool:
    """Say whether a link may lead to text, by its path's ending."""
    return not _NOT_PAGES.search(urlsplit(url).path)


def wanted(url: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Say whether a URL's path fits the owner's patterns: one of `include` when there are any, none of `exclude`."""
    path = unquote(urlsplit(url).path) or "/"
    include = tuple(include)
    if include and not any(fnmatch.fnmatchcase(path, pattern) for pattern in include):
        return False
    return not any(fnmatch.fnmatchcase(path, pattern) for pattern in exclude)

"""One form for every URL: for the queue, for recognising a page again and for what is stored. Pure."""

import fnmatch
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit, urlunsplit

from courlan import normalize_url

_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|mjs|json|xml|zip|gz|tar|rar|7z|mp[34]|m4a|wav|ogg|webm|mov|avi|woff2?"
    r"|ttf|otf|eot|exe|dmg|apk|docx?|xlsx?|pptx?)$",
    re.IGNORECASE,
)


def normalised(url: str) -> str:
    """Return the URL without fragment, tracking parameters and needless parts; "" when it is not http(s)."""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return ""
        path = urlsplit(urljoin("http://site/", parts.path or "/")).path  # resolves ./ and ../
        return str(normalize_url(urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))))
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
    path = urlsplit(url).path or "/"
    include = tuple(include)
    if include and not any(fnmatch.fnmatchcase(path, pattern) for pattern in include):
        return False
    return not any(fnmatch.fnmatchcase(path, pattern) for pattern in exclude)

"""One form for every URL: for the queue, for recognising a page again and for what is stored. Pure."""

import fnmatch
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Names of parameters that say who came or from where, and nothing of the page.
_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_(?:campaign|kwd|source|medium|content)|hsa_\w+|_hs(?:enc|mi)|__hs\w+|gclid|gclsrc|dclid"
    r"|gbraid|wbraid|gad_\w+|srsltid|fbclid|msclkid|twclid|yclid|ttclid|li_fat_id|igshid|igsh|mc_[ce]id|_ga|_gl"
    r"|oly_(?:anon|enc)_id|vero_id|s_kwcid|epik)(?:=|$)",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"(?:jsessionid|phpsessid|aspsessionid\w*|asp\.net_sessionid|cfid|cftoken|zenid|oscsid|ci_session|sessionid|session_id"
    r"|sessid|viewstate)(?:=|$)",
    re.IGNORECASE,
)
# Names that may mean something else: only with a value that is drawn by lot, letters and digits.
_SESSION_LIKE = re.compile(r"(?:sid|session|s|ssid|token)=(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{16,}$", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*|/\([A-Z]\([0-9a-z]{10,}\)\)", re.IGNORECASE)
_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|mjs|json|xml|zip|gz|tar|rar|7z|mp[34]|m4a|wav|ogg|webm|mov|avi|woff2?"
    r"|ttf|otf|eot|exe|dmg|apk|docx?|xlsx?|pptx?)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=10_000)  # a site links to the same pages from every page
def normalised(url: str) -> str:
    """Return the URL in the one form we queue and store; "" if it is not http(s).

    Without fragment, tracking, session and default port; host in small letters; dots resolved; one way of escaping;
    parameters sorted. A slash at the end stays as it is: `/a` and `/a/` may be two pages, and redirects or the text say
    when they are one.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port
        if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
            return ""
        shown = f"[{host}]" if ":" in host else host
        authority = shown if port in (None, _DEFAULT_PORTS[scheme]) else f"{shown}:{port}"
        query = "&".join(part for part in parts.query.split("&") if not _means_nothing(part))
        path = _SESSION_IN_PATH.sub("", parts.path) or "/"
        return str(canonicalize_url(urlunsplit((scheme, authority, path, query, ""))))
    except ValueError:
        return ""


def _means_nothing(parameter: str) -> bool:
    return any(known.match(parameter) for known in (_TRACKING, _SESSION, _SESSION_LIKE))


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

"""URLs that owners configure: absolute, without credentials, of a scheme a visitor may be sent to."""

import re
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, StringConstraints, TypeAdapter, ValidationError

from shared.domain.text import Text

_HTTP = TypeAdapter(AnyHttpUrl)
_SLASHES = 2  # in front of the authority
_CONTACT = re.compile(r"(tel:\+?[0-9().\-; ]{3,30}|mailto:[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255})", re.IGNORECASE)


def check_web_url(value: str) -> str:
    """Return `value` when it is an absolute http(s) URL without credentials; ValueError otherwise."""
    # Stricter than the standard's parser, which mends https:x and https:\\x where browsers differ.
    authority = value.split("/", 3)[2] if value.count("/") >= _SLASHES else ""
    if "@" in authority:
        raise ValueError("a URL must not carry a user name or password")
    if "\\" in value or not re.match(r"https?://[^/?#\s]", value, re.IGNORECASE):
        raise ValueError("is not an absolute http or https URL")
    try:
        _HTTP.validate_python(value)
    except ValidationError:
        raise ValueError("is not an absolute http or https URL") from None
    return value


def check_contact_url(value: str) -> str:
    """Return `value` when it is a `tel:` or `mailto:` URL; ValueError otherwise."""
    if not _CONTACT.fullmatch(value):
        raise ValueError("is not a 'tel:' or 'mailto:' URL")
    return value


def _origin(value: str) -> str:
    """Return the origin in the form in which browsers send it: lower case, punycode, no default port."""
    url = _HTTP.validate_python(check_web_url(value))
    if url.path not in (None, "/") or "?" in value or "#" in value or "*" in value:
        raise ValueError("an origin is scheme, host and port only, such as https://www.example.com")
    default = {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port not in (None, default) else "")


_Short = StringConstraints(max_length=2048, pattern=r"^\S*$")

WebUrl = Annotated[Text, _Short, AfterValidator(check_web_url)]
AnyUrl = Annotated[Text, _Short]
Origin = Annotated[Text, _Short, AfterValidator(_origin)]

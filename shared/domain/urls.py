"""URLs that owners configure: absolute, without credentials, of a scheme a visitor may be sent to."""

import re
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, StringConstraints, TypeAdapter, ValidationError

from shared.domain.text import Text

_HTTP = TypeAdapter(AnyHttpUrl)
_CONTACT = re.compile(r"^(tel:\+?[0-9().\-; ]{3,30}|mailto:[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255})$", re.IGNORECASE)


def check_web_url(value: str) -> str:
    """Return `value` when it is an absolute http(s) URL without credentials; ValueError otherwise."""
    try:
        url = _HTTP.validate_python(value)
    except ValidationError:
        raise ValueError("is not an absolute http or https URL") from None
    if url.username or url.password:
        raise ValueError("a URL must not carry a user name or password")
    return value


def check_contact_url(value: str) -> str:
    """Return `value` when it is a `tel:` or `mailto:` URL; ValueError otherwise."""
    if not _CONTACT.match(value):
        raise ValueError("is not a 'tel:' or 'mailto:' URL")
    return value


def _origin(value: str) -> str:
    url = _HTTP.validate_python(check_web_url(value))
    if url.path not in (None, "/") or url.query or url.fragment:
        raise ValueError("an origin is scheme, host and port only, such as https://www.example.com")
    return value.rstrip("/").lower()


_Short = StringConstraints(max_length=2048, pattern=r"^\S*$")

WebUrl = Annotated[Text, _Short, AfterValidator(check_web_url)]
AnyUrl = Annotated[Text, _Short]
Origin = Annotated[Text, _Short, AfterValidator(_origin)]

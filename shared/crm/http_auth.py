"""How calls to a business's own API are authorised: keys, passwords, tokens and signatures. Pure."""

import base64
import datetime as dt
import hashlib
import hmac
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import quote_plus, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from shared.crm.connector import Token
from shared.crm.failure import CrmError
from shared.crm.http_settings import Auth, BasicAuth, BearerAuth, HeaderAuth, HmacAuth, OauthAuth, Settings
from shared.crm.templates import TemplateError, render_text
from shared.crm.wire import Request, Steps
from shared.domain.errors import FieldError

_SIGNED_FOR: Final = dt.timedelta(seconds=60)
_LONGEST_S: Final = 30 * 86400
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "header": ("api_key",),
    "bearer": ("api_key",),
    "basic": ("username", "password"),
    "oauth_client_credentials": ("client_id", "client_secret"),
    "hmac": ("signing_secret",),
}


def _one_line(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError("is empty, or holds spaces around it or line breaks: copy it again")
    return secret


Secret = Annotated[SecretStr, Field(max_length=4096), AfterValidator(_one_line)]


class Credentials(BaseModel):
    """What the API's `auth` needs: the others stay null. `check` says what is missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: Secret | None = Field(default=None, description="For 'header' and 'bearer'")
    username: Secret | None = Field(default=None, description="For 'basic'")
    password: Secret | None = Field(default=None, description="For 'basic'")
    client_id: Secret | None = Field(default=None, description="For 'oauth_client_credentials'")
    client_secret: Secret | None = Field(default=None, description="For 'oauth_client_credentials'")
    signing_secret: Secret | None = Field(default=None, description="For 'hmac'")

    def value(self, name: str) -> str:
        """Return a credential, "" when there is none."""
        secret = getattr(self, name)
        return secret.get_secret_value() if isinstance(secret, SecretStr) else ""

    def values(self) -> tuple[str, ...]:
        """Return every credential there is: what no message may hold."""
        return tuple(value for name in type(self).model_fields if (value := self.value(name)))


def check(settings: Settings, credentials: Credentials) -> tuple[FieldError, ...]:
    """Return what the credentials lack for the way calls are authorised."""
    kind = settings.auth.type
    missing = [
        FieldError((name,), f"auth '{kind}' needs '{name}'") for name in _NEEDS[kind] if not credentials.value(name)
    ]
    key = credentials.value("api_key")
    if "api_key" in _NEEDS[kind] and key and not key.isascii():
        missing.append(FieldError(("api_key",), "a header cannot carry this key: it is not ASCII"))
    if kind == "basic" and ":" in credentials.value("username"):
        missing.append(FieldError(("username",), "a user name with a colon cannot be sent"))
    return tuple(missing)


def sign_in(auth: Auth, credentials: Credentials, now: dt.datetime) -> Steps[Token]:
    """Return what calls are signed with: a token of the API's, or the time for a signature."""
    if isinstance(auth, HmacAuth):
        return Token(str(int(now.timestamp())), now + _SIGNED_FOR)
    if not isinstance(auth, OauthAuth):
        return Token("")
    response = yield _token_request(auth, credentials)
    if not response.ok:
        raise CrmError("unauthorised", f"the API gave no token: it answered {response.status}")
    return _token(response.object(), now)


def authorised(auth: Auth, credentials: Credentials, request: Request, token: Token) -> Request:
    """Return the request with what proves who is calling."""
    if not request.signed:
        return request
    return replace(request, headers={**request.headers, **_proof(auth, credentials, request, token)})


def _proof(auth: Auth, credentials: Credentials, request: Request, token: Token) -> dict[str, str]:
    if isinstance(auth, HeaderAuth):
        return {auth.name: auth.prefix + credentials.value("api_key")}
    if isinstance(auth, BearerAuth):
        return {"Authorization": f"Bearer {credentials.value('api_key')}"}
    if isinstance(auth, BasicAuth):
        return {"Authorization": _basic(credentials.value("username"), credentials.value("password"))}
    if isinstance(auth, OauthAuth):
        return {"Authorization": f"Bearer {token.value}"}
    return _signature(auth, credentials, request, token) if isinstance(auth, HmacAuth) else {}


def _basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def _signature(auth: HmacAuth, credentials: Credentials, request: Request, token: Token) -> dict[str, str]:
    target = urlsplit(request.target)
    context = {
        "method": request.method,
        "path": target.path,
        "query": target.query,
        "body": request.body()[0].decode(),
        "timestamp": token.value,
    }
    try:
        signed = render_text(auth.signs, context, "signed").encode()
    except TemplateError as error:
        raise CrmError("refused", f"auth.signs: {error}") from None
    code = hmac.new(credentials.value("signing_secret").encode(), signed, _HASHES[auth.algorithm])
    text = code.hexdigest() if auth.encoding == "hex" else base64.b64encode(code.digest()).decode()
    timestamp = {auth.timestamp_header: token.value} if auth.timestamp_header else {}
    return {auth.header: auth.prefix + text, **timestamp}


def _token_request(auth: OauthAuth, credentials: Credentials) -> Request:
    name, secret = credentials.value("client_id"), credentials.value("client_secret")
    form = {"grant_type": "client_credentials"}
    headers = {"Accept": "application/json"}
    if auth.scope:
        form["scope"] = auth.scope
    if auth.sent_in == "body":
        form |= {"client_id": name, "client_secret": secret}
    else:
        # RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
        headers["Authorization"] = _basic(quote_plus(name), quote_plus(secret))
    return Request(
        does="sign in", method="POST", url=auth.token_url, headers=headers, form=form, repeatable=True, signed=False
    )


def _token(answer: Mapping[str, object], now: dt.datetime) -> Token:
    value, lasts = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise CrmError("malformed", "the API's token cannot be read")
    if isinstance(lasts, str) and lasts.isascii() and lasts.isdigit():
        lasts = int(lasts[:12])
    if not isinstance(lasts, int | float) or isinstance(lasts, bool) or not 0 < lasts < math.inf:
        return Token(value)
    return Token(value, now + dt.timedelta(seconds=min(lasts, _LONGEST_S)))

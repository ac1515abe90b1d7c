"""Sign-in: tokens by client credentials and by signed assertions."""

import base64
import binascii
import secrets

import jwt

from local.crm.vendor import Json

CLIENT_ID, CLIENT_SECRET, USERNAME = "sf-client", "sf-secret", "bot@example.com"
AUDIENCES = ["https://login.salesforce.com", "https://test.salesforce.com"]
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Refusal(Exception):
    """No token is given; `body` says why."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


class Tokens:
    """The tokens that are good now."""

    def __init__(self) -> None:
        self._good: set[str] = set()

    def accepts(self, authorization: str) -> bool:
        """Whether a call carries a good token."""
        scheme, _, token = authorization.partition(" ")
        return scheme in ("Bearer", "OAuth") and token in self._good

    def expire(self) -> None:
        """End them all."""
        self._good.clear()

    def give(self, form: Json, authorization: str, base: str, extra: Json) -> Json:
        """Answer a token call; Refusal when nothing is given."""
        grant = form.get("grant_type")
        if grant == "client_credentials":
            _check_client(form, authorization, wrong_domain=bool(extra.get("wrong_domain")))
        elif grant == JWT_GRANT:
            _check_assertion(str(form.get("assertion", "")), str(extra.get("jwt_public_key", "")))
        else:
            raise Refusal("unsupported_grant_type", "grant type not supported")
        token = f"00DFk0000000001!{secrets.token_urlsafe(48)}"
        self._good.add(token)
        return {
            "access_token": token,
            "scope": "api",
            "instance_url": base,
            "id": f"{base}/id/00DFk0000000001EAA/005Fk0000000001EAA",
            "token_type": "Bearer",
        }


def _check_client(form: Json, authorization: str, *, wrong_domain: bool) -> None:
    if wrong_domain:
        raise Refusal("invalid_grant", "request not supported on this domain")
    client, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
    scheme, _, encoded = authorization.partition(" ")
    if scheme == "Basic":
        try:
            client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refusal("invalid_client", "invalid client credentials") from None
    if client != CLIENT_ID:
        raise Refusal("invalid_client_id", "client identifier invalid")
    if secret != CLIENT_SECRET:
        raise Refusal("invalid_client", "invalid client credentials")


def _check_assertion(assertion: str, public_key: str) -> None:
    try:
        claims = jwt.decode(
            assertion, public_key, algorithms=["RS256"], audience=AUDIENCES, leeway=30,
            options={"require": ["iss", "sub", "aud", "exp"], "verify_sub": False},
        )  # fmt: skip
    except jwt.InvalidAudienceError:
        raise Refusal("invalid_grant", "audience is invalid") from None
    except jwt.ExpiredSignatureError:
        raise Refusal("invalid_grant", "expired authorization code") from None
    except (jwt.PyJWTError, ValueError):
        raise Refusal("invalid_grant", "invalid assertion") from None
    if claims["iss"] != CLIENT_ID:
        raise Refusal("invalid_client_id", "client identifier invalid")
    if claims["sub"] != USERNAME:
        raise Refusal("invalid_grant", "user hasn't approved this consumer")

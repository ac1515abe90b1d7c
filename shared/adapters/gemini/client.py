"""Builds the google-genai client: pinned protocol version, time-outs, shared TLS contexts (docs/gemini.md)."""

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.genai import Client

# Between two pieces of a stream, and for a whole embedding call; deadlines over all attempts stand in model.py.
READ_TIMEOUT_MS = 20_000
DEVELOPER_API_VERSION = "v1beta"  # every documented feature, and what other servers of the protocol speak
VERTEX_API_VERSION = "v1beta1"


@dataclass(frozen=True)
class GeminiAccess:
    """Where and as whom the model is called: an API key, or Vertex with a project."""

    api_key: str | None = None
    vertex_project: str | None = None
    vertex_location: str = "global"
    base_url: str | None = None
    api_version: str | None = None


def api_version(access: GeminiAccess) -> str:
    """Return the version of the protocol that is spoken."""
    vertex = access.vertex_project is not None
    return access.api_version or (VERTEX_API_VERSION if vertex else DEVELOPER_API_VERSION)


def build_client(access: GeminiAccess) -> "Client":
    """Return a client whose transports are ours.

    Handing in httpx2 clients keeps the SDK from building three TLS contexts (90 ms) and from switching to aiohttp
    when another package brought it. The SDK's own retries stay off: model.py retries, within a deadline.
    """
    import httpx2
    from google.genai import Client
    from google.genai.types import HttpOptions

    plain = bool(access.base_url and access.base_url.startswith("http://"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else ssl.create_default_context()
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=60)
    timeout = READ_TIMEOUT_MS / 1000
    vertex = access.vertex_project is not None
    options = HttpOptions(
        base_url=access.base_url,
        api_version=api_version(access),
        timeout=READ_TIMEOUT_MS,
        httpx_client=httpx2.Client(verify=context, timeout=timeout, limits=limits),
        httpx_async_client=httpx2.AsyncClient(verify=context, timeout=timeout, limits=limits),
        async_client_args={"ssl": context},
    )
    if vertex:
        return Client(
            enterprise=True, project=access.vertex_project, location=access.vertex_location, http_options=options
        )
    return Client(api_key=access.api_key, http_options=options)

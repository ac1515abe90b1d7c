"""What becomes of a fetch from a server that misbehaves."""

import time

from shared.adapters.egress import EgressClient, EgressRefused, FetchFailed

MAX = 100_000
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def outcome(egress: EgressClient, url: str, **options: float) -> tuple[Exception | None, float]:
    """Fetch; return how it failed, None when it did not, and the seconds it took. Any other exception goes through."""
    begun = time.monotonic()
    try:
        egress.get(url, **{"max_bytes": MAX, **options})  # type: ignore[arg-type]
    except (EgressRefused, FetchFailed) as error:
        return error, time.monotonic() - begun
    return None, time.monotonic() - begun

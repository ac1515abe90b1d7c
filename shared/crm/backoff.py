"""How long to wait before the CRM is tried again, and when to stop trying. Pure."""

SHORTEST_S = 5.0
LONGEST_S = 3600.0
# Of forty attempts the last is made more than a day after the first, however the chances fall.
MAX_ATTEMPTS = 40
# Calls that failed together come back apart: by up to a fifth of the wait.
_SURE = 0.8
_ENOUGH_DOUBLINGS = 30  # far above the longest wait, far below what a float cannot hold


def delay_s(attempts: int, retry_after_s: float | None, chance: float) -> float:
    """Return the seconds to wait after so many attempts: 5 s, doubled each time up to an hour.

    Args:
        attempts: how many have failed, at least 1.
        retry_after_s: what the CRM asked for; the wait is never shorter.
        chance: a random number from 0 to 1.
    """
    doublings = min(max(attempts, 1) - 1, _ENOUGH_DOUBLINGS)
    longest = min(SHORTEST_S / _SURE * 2.0**doublings, LONGEST_S)
    wait = longest * (_SURE + (1 - _SURE) * chance)
    return max(wait, retry_after_s or 0.0)


def gives_up(attempts: int) -> bool:
    """Say whether so many failed attempts are enough."""
    return attempts >= MAX_ATTEMPTS

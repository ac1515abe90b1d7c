"""Limits outside of turns: exact moving windows, counted together in Redis, in memory when that is away."""

import time
from functools import partial

import pytest

from shared.adapters.limiter import RETRY_AFTER_S, CallLimiter
from shared.domain.errors import RateLimited
from shared.domain.limits import RateLimit
from tests.stores.races import at_once

LIMIT = RateLimit(3, 60)


@pytest.fixture(params=["memory", "redis"])
def limiter(request):
    """A limiter, and what makes another one that counts together with it, as another instance would."""
    if request.param == "memory":
        return CallLimiter(None)
    servers = request.getfixturevalue("servers")
    return CallLimiter(servers.function_env("admin")["REDIS_URL"])


def allowed(limiter: CallLimiter, name: str, limit: RateLimit = LIMIT) -> bool:
    """Count a call; say whether it was within the limit."""
    try:
        limiter.hit(name, limit)
    except RateLimited:
        return False
    return True


def test_so_many_and_no_more(limiter, business):
    """N calls pass, number N+1 is refused, under one name; other names have windows of their own."""
    assert [allowed(limiter, f"sign-in:{business}") for _ in range(5)] == [True] * 3 + [False] * 2
    assert allowed(limiter, f"sign-in:{business}2")
    assert allowed(limiter, f"events:{business}")
    assert allowed(limiter, f"sign-in:{business}", RateLimit(10, 60))


@pytest.mark.parametrize("name", ["::1", "a b/c", "ü", "a/3/60/second", "%s*?[x]", "x" * 500])
def test_names_are_taken_literally(limiter, business, name):
    """Addresses and key names of any form are counted apart from each other."""
    full, other = f"{business}:{name}", f"{business}:{name}/1"
    assert [allowed(limiter, full) for _ in range(4)] == [True] * 3 + [False]
    assert allowed(limiter, other)


def test_window_moves(limiter, business):
    """A call fits again when the oldest one leaves the window; calls that were refused meanwhile do not count."""
    limit = RateLimit(2, 1)
    assert allowed(limiter, business, limit)
    time.sleep(0.5)
    assert [allowed(limiter, business, limit) for _ in range(5)] == [True] + [False] * 4
    time.sleep(0.6)
    assert [allowed(limiter, business, limit) for _ in range(2)] == [True, False]


def test_refusal_says_how_long(limiter, business):
    """The refusal names the limit and the seconds until one more call fits, no matter how full the window was when."""
    limit = RateLimit(2, 2)
    limiter.hit(business, limit)
    limiter.hit(business, limit)
    time.sleep(1.1)
    with pytest.raises(RateLimited) as caught:
        limiter.hit(business, limit)
    assert caught.value.limit == 2
    assert 0 < caught.value.reset_s <= 0.95


def test_burst_lets_in_exactly_the_limit(limiter, business):
    """Of thirty calls at the same moment, exactly ten pass a limit of ten."""
    assert sum(at_once([partial(allowed, limiter, business, RateLimit(10, 60))] * 30)) == 10


def test_instances_count_together(servers, business):
    """Two instances share the windows that are in Redis."""
    url = servers.function_env("admin")["REDIS_URL"]
    one, other = CallLimiter(url), CallLimiter(url)
    assert [allowed(limiter, business) for limiter in (one, other, one, other)] == [True, True, True, False]


def test_without_redis_memory_counts(own_redis, business, caplog):
    """When Redis goes away calls are still limited, by this instance alone, and it is used again when it is back."""
    limiter = CallLimiter(f"redis://127.0.0.1:{own_redis.port}/0")
    assert allowed(limiter, business)
    own_redis.kill()
    assert [allowed(limiter, business) for _ in range(5)] == [True] * 3 + [False] * 2
    assert set(caplog.messages) == {"limits_in_memory"}
    own_redis.start()
    time.sleep(RETRY_AFTER_S + 0.1)
    assert [allowed(limiter, business) for _ in range(4)] == [True] * 3 + [False]


def test_redis_that_never_was(business):
    """An address at which nobody listens costs no call, at the start or later."""
    limiter = CallLimiter("redis://127.0.0.1:1/0")
    assert [allowed(limiter, business) for _ in range(4)] == [True] * 3 + [False]


def test_outage_is_logged_once(own_redis, business, caplog):
    """An outage is one line in the log, however many calls it meets."""
    limiter = CallLimiter(f"redis://127.0.0.1:{own_redis.port}/0")
    own_redis.kill()
    for _ in range(5):
        allowed(limiter, business)
    assert caplog.messages == ["limits_in_memory"]


def test_hanging_redis_delays_by_its_time_out(own_redis, business):
    """A Redis that answers nothing delays a call by no more than two seconds; then it is counted in memory."""
    limiter = CallLimiter(f"redis://127.0.0.1:{own_redis.port}/0")
    assert allowed(limiter, business)
    with own_redis.frozen():
        begun = time.monotonic()
        assert allowed(limiter, business)
        assert time.monotonic() - begun < 2.2


def test_keys_are_named_as_documented(servers, redis_client, business):
    """What is counted in Redis lies under `limit:`, where operators look for it, and ends by itself."""
    CallLimiter(servers.function_env("admin")["REDIS_URL"]).hit(business, LIMIT)
    (key,) = redis_client.scan_iter(f"*{business}*")
    assert 0 < redis_client.ttl(key) <= 61
    assert key.startswith("limit:")

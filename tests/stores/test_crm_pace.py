"""How fast an account of a CRM is called: pauses for every instance, limits of two widths, Redis there or not."""

import time
from contextlib import closing

from shared.adapters.crm.pace import MAX_PAUSE_S, CrmPace
from shared.adapters.limiter import RETRY_AFTER_S
from shared.crm.connector import Pace
from shared.domain.limits import RateLimit


def test_a_call_has_to_fit_both_limits():
    """A narrow limit is counted beside the one of all calls, and what it refuses takes nothing from that one."""
    pace, limits = CrmPace(None), Pace(RateLimit(3, 60), {"search": RateLimit(1, 60)})
    assert [pace.take("acme", limits, "search") > 0 for _ in range(4)] == [False, True, True, True]
    assert [pace.take("acme", limits, name) > 0 for name in ("", "unknown", "")] == [False, False, True]
    assert pace.take("other", limits, "search") == 0


def test_a_pause_has_an_end_whatever_the_crm_says():
    """No answer of a CRM stops an account for days; nonsense stops nothing."""
    pace = CrmPace(None)
    pace.pause("a", 10.0**9)
    pace.pause("b", -3)
    assert MAX_PAUSE_S - 5 < pace.take("a", Pace(RateLimit(1, 1)), "") <= MAX_PAUSE_S
    assert pace.take("b", Pace(RateLimit(1, 1)), "") == 0


def test_pauses_are_kept_while_redis_is_away(own_redis):
    """Without Redis an instance keeps its own pauses and counts, and shares them again when it is back."""
    url, limits = f"redis://127.0.0.1:{own_redis.port}/0", Pace(RateLimit(1, 60))
    with closing(CrmPace(url)) as one, closing(CrmPace(url)) as other:
        own_redis.kill()
        one.pause("acme", 30)
        assert one.take("acme", limits, "") > 20
        assert other.take("acme", limits, "") == 0
        assert other.take("acme", limits, "") > 20
        own_redis.start()
        time.sleep(RETRY_AFTER_S + 0.1)
        one.pause("acme", 30)
        assert 20 < other.take("acme", limits, "") <= 30


def test_pauses_are_named_as_documented(servers, redis_client, business):
    """A pause lies under `limit:crm-pause:` and ends by itself."""
    with closing(CrmPace(servers.function_env("admin")["REDIS_URL"])) as pace:
        pace.pause(business, 2.5)
    assert 0 < redis_client.pttl(f"limit:crm-pause:{business}") <= 2500

"""Rate limits of a turn: exact moving windows, the same in every store of sessions."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.limits import RateLimit
from shared.ports import Busy, Limited, Opened, Replayed
from tests.stores.conversations import World, answer_to

SLACK_S = 0.003  # Redis counts whole milliseconds
HOUR = 3600


class Visitor:
    """Sends messages of sessions of their own, so that only limits stand in the way; knows when each arrived."""

    def __init__(self, world: World, business: str) -> None:
        self.world = world
        self.business = business
        self.sent = 0
        self.arrivals: list[tuple[float, float]] = []

    def send(self, *limits: tuple[str, RateLimit], business: str | None = None) -> Any:
        """Open a turn that counts against `limits`."""
        self.sent += 1
        before = self.world.now()
        opening = self.world.open(business or self.business, f"s{self.sent}", "m", *limits)
        if isinstance(opening, Opened):
            self.arrivals.append((before, self.world.now()))
        return opening

    def expects(self, wait_s: float, oldest: int, window_s: float, asked: tuple[float, float]) -> bool:
        """Say whether `wait_s`, answered at `asked` (before, after), is when the arrival `oldest` leaves the window."""
        earliest = self.arrivals[oldest][0] + window_s - asked[1]
        latest = self.arrivals[oldest][1] + window_s - asked[0]
        return earliest - SLACK_S <= wait_s <= latest + SLACK_S


@pytest.fixture
def visitor(world, business):
    return Visitor(world, business)


def test_so_many_and_no_more(visitor):
    """N messages fit, number N+1 is refused and names the limit; what remains counts down to nothing."""
    limit = RateLimit(5, HOUR)
    remaining = [visitor.send(("user:ann", limit)).remaining for _ in range(5)]
    assert remaining == [4, 3, 2, 1, 0]
    refused = visitor.send(("user:ann", limit))
    assert isinstance(refused, Limited)
    assert refused.limit == limit
    assert HOUR - 30 < refused.reset_s <= HOUR


def test_window_moves(visitor):
    """The wait is until the oldest message leaves the window; then exactly one more fits."""
    world, limit = visitor.world, ("user:ann", RateLimit(2, 1))
    visitor.send(limit)
    world.sleep(0.5)
    second = visitor.send(limit)
    assert visitor.expects(second.reset_s, 0, 1, visitor.arrivals[1])
    before = world.now()
    refused = visitor.send(limit)
    assert visitor.expects(refused.reset_s, 0, 1, (before, world.now()))
    world.sleep(refused.reset_s + 0.005)
    third = visitor.send(limit)
    assert isinstance(third, Opened)
    assert third.remaining == 0
    before = world.now()
    refused = visitor.send(limit)
    assert isinstance(refused, Limited)
    assert visitor.expects(refused.reset_s, 1, 1, (before, world.now()))


def test_refused_messages_are_not_counted(visitor):
    """Insisting does not make the wait longer."""
    world, limit = visitor.world, ("user:ann", RateLimit(1, 1))
    visitor.send(limit)
    refusals = [visitor.send(limit) for _ in range(20)]
    assert all(isinstance(refused, Limited) for refused in refusals)
    assert refusals[-1].reset_s <= refusals[0].reset_s
    world.sleep(refusals[-1].reset_s + 0.005)
    assert isinstance(visitor.send(limit), Opened)


def test_two_limits_count_together_or_not_at_all(visitor):
    """A message refused by one limit is not counted against the other one either; the answer names who refused."""
    user, address = RateLimit(5, HOUR), RateLimit(2, HOUR)
    both = (("user:ann", user), ("address:1.2.3.4", address))
    assert [visitor.send(*both).remaining for _ in range(2)] == [4, 3]
    for _ in range(3):
        refused = visitor.send(*both)
        assert isinstance(refused, Limited)
        assert refused.limit == address
    assert visitor.send(("user:ann", user)).remaining == 2


def test_first_limit_that_is_full_refuses(visitor):
    """When the visitor's own limit is full, the address is not charged for it."""
    user, address = RateLimit(1, HOUR), RateLimit(3, HOUR)
    visitor.send(("user:ann", user), ("address:1.2.3.4", address))
    refused = visitor.send(("user:ann", user), ("address:1.2.3.4", address))
    assert refused.limit == user
    assert visitor.send(("address:1.2.3.4", address)).remaining == 1


def test_busy_and_repeated_messages_are_not_counted(world, business):
    """Waiting for one's turn and asking again for an answer cost nothing, and a repeat is answered over the limit."""
    limit = ("user:ann", RateLimit(2, HOUR))
    world.turn(business, "s", "m1", limit)
    assert [world.open(business, "s", "m1", limit) for _ in range(5)] == [Replayed(answer_to("m1"))] * 5
    held = world.opened(business, "s", "m2", limit)
    assert held.remaining == 0
    world.sessions.unlock(business, "s", held.lock)
    assert isinstance(world.open(business, "s", "m3", limit), Limited)
    assert isinstance(world.open(business, "s", "m1", limit), Replayed)


def test_busy_costs_nothing(world, business):
    """A message that finds its session busy is not counted."""
    limit = ("user:ann", RateLimit(2, HOUR))
    world.opened(business, "s", "m1", limit)
    assert [world.open(business, "s", "m2", limit) for _ in range(5)] == [Busy()] * 5
    assert world.opened(business, "elsewhere", "m2", limit).remaining == 0


def test_others_are_unaffected(visitor):
    """A full window of one visitor is nobody else's: not of another user, address or business."""
    limit = RateLimit(1, HOUR)
    visitor.send(("user:ann", limit))
    assert isinstance(visitor.send(("user:ann", limit)), Limited)
    assert isinstance(visitor.send(("user:ann2", limit)), Opened)
    assert isinstance(visitor.send(("address:ann", limit)), Opened)
    assert isinstance(visitor.send(("user:ann", limit), business=f"{visitor.business}-2"), Opened)


def test_without_limits_everything_fits(visitor):
    """A turn that counts against nothing is never refused."""
    assert all(isinstance(visitor.send(), Opened) for _ in range(20))


def test_changed_limit_counts_what_was_sent_before(visitor):
    """An owner's new limit holds at once: lowered it refuses, raised it lets in the difference."""
    for _ in range(3):
        visitor.send(("user:ann", RateLimit(3, HOUR)))
    assert isinstance(visitor.send(("user:ann", RateLimit(2, HOUR))), Limited)
    assert visitor.send(("user:ann", RateLimit(5, HOUR))).remaining == 1
    assert visitor.send(("user:ann", RateLimit(5, HOUR))).remaining == 0
    assert isinstance(visitor.send(("user:ann", RateLimit(5, HOUR))), Limited)


def test_largest_limit_is_exact(visitor):
    """A thousand messages, the most a limit may allow, are counted to the last one."""
    limit = ("user:ann", RateLimit(1000, HOUR))
    assert all(isinstance(visitor.send(limit), Opened) for _ in range(1000))
    assert isinstance(visitor.send(limit), Limited)


def test_burst_lets_in_exactly_the_limit(world, business):
    """Of forty messages at the same moment, exactly ten pass a limit of ten."""
    limit = ("user:ann", RateLimit(10, HOUR))
    with ThreadPoolExecutor(40) as pool:
        openings = list(pool.map(lambda number: world.open(business, f"s{number}", "m", limit), range(40)))
    assert sum(isinstance(opening, Opened) for opening in openings) == 10
    assert sum(isinstance(opening, Limited) for opening in openings) == 30
    assert sorted(opening.remaining for opening in openings if isinstance(opening, Opened)) == list(range(10))

"""A build's lifeline: it beats, hears when to stop, and cuts off a build that does not."""

import pytest

from shared.domain.errors import DatabaseUnavailable
from shared.jobs.lifeline import BEAT_EVERY_S, PATIENCE_S, Lifeline


class Watched:
    """A lifeline with a clock that only moves when told to."""

    def __init__(self, timeout_s=600.0):
        self.seconds = 100.0
        self.answers = []
        self.beats = 0
        self.cut = 0
        self.line = Lifeline(self._beat, timeout_s, self._cut, lambda: self.seconds)

    def _beat(self):
        self.beats += 1
        answer = self.answers.pop(0) if self.answers else "go_on"
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _cut(self):
        self.cut += 1

    def after(self, seconds):
        """Look every second for so long."""
        for _ in range(int(seconds)):
            self.seconds += 1
            self.line.look()


def test_it_beats():
    """Every few seconds, whatever the build is at."""
    watched = Watched()
    watched.after(60)
    assert watched.beats == 60 // BEAT_EVERY_S
    assert not watched.line.stopped


@pytest.mark.parametrize(("heard", "why"), [("cancel", "cancelled"), ("ended", "given_up")])
def test_it_hears(heard, why):
    """What the database says reaches a build that is in the middle of a long step."""
    watched = Watched()
    watched.answers = ["go_on", heard]
    watched.after(BEAT_EVERY_S)
    assert watched.line.why == ""
    watched.after(BEAT_EVERY_S)
    assert watched.line.why == why


def test_a_database_that_is_away_ends_no_build():
    """A beat that is missed is made up for by the next one."""
    watched = Watched()
    watched.answers = [DatabaseUnavailable("away")] * 3
    watched.after(4 * BEAT_EVERY_S)
    assert watched.beats == 4
    assert not watched.line.stopped


def test_the_deadline():
    """The time it has is over: it stops, not a second before."""
    watched = Watched(timeout_s=30)
    watched.after(29)
    assert not watched.line.stopped
    watched.after(1)
    assert watched.line.why == "late"


@pytest.mark.parametrize("why", PATIENCE_S)
def test_what_does_not_stop_is_cut_off(why):
    """A step that hangs has some seconds more, fewer when a kill follows; then the process is ended."""
    watched = Watched()
    watched.line.stop(why)
    watched.after(PATIENCE_S[why] - 1)
    assert watched.cut == 0
    watched.after(1)
    assert watched.cut == 1


def test_what_was_heard_first_counts():
    """A build that was cancelled is not late afterwards, nor is its patience renewed."""
    watched = Watched()
    watched.line.stop("cancelled")
    watched.after(5)
    watched.line.stop("told")
    assert watched.line.why == "cancelled"


def test_a_build_that_has_ended_is_left_alone():
    """Nothing looks any more once the build is over: its process lives on to count the cost."""
    watched = Watched()
    with watched.line:
        pass
    watched.line.stop("told")
    assert watched.cut == 0

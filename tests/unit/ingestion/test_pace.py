"""How long a phase will take: from the pace so far, and not at all when there is nothing to go by."""

from shared.ingestion.pace import LEAST_S, WINDOW_S, Pace


def told(pace, phase, seconds, **counts):
    """Return what is told of these counts at that second."""
    return pace.seconds_left(phase, counts, float(seconds))


def test_the_pace_so_far():
    """Ten pages in ten seconds, thirty to go: thirty seconds."""
    pace = Pace()
    assert told(pace, "fetching", 0, fetched=0, found=1) is None
    assert told(pace, "fetching", 10, fetched=10, found=40) == 30
    assert told(pace, "fetching", 20, fetched=40, found=40) == 0


def test_nothing_to_go_by():
    """Too early, nothing done yet, a phase that is short or not known: nothing is told."""
    pace = Pace()
    assert told(pace, "fetching", 0, fetched=0, found=9) is None
    assert told(pace, "fetching", LEAST_S - 1, fetched=5, found=9) is None
    assert told(pace, "publishing", 50, fetched=9, found=9) is None
    assert told(pace, "embedding", 60, embedded=0, chunks=9) is None
    assert told(pace, "embedding", 90, embedded=0, chunks=9) is None


def test_another_phase_begins_anew():
    """Pages say nothing about embeddings."""
    pace = Pace()
    told(pace, "fetching", 0, fetched=0, found=10)
    assert told(pace, "fetching", 10, fetched=10, found=10) == 0
    assert told(pace, "embedding", 11, embedded=0, chunks=100) is None
    assert told(pace, "embedding", 21, embedded=50, chunks=100) == 10


def test_a_website_that_slows_down():
    """The last minute counts: what went fast at first does not hide that it has become slow."""
    pace = Pace()
    told(pace, "fetching", 0, fetched=0, found=2000)
    told(pace, "fetching", 10, fetched=1000, found=2000)
    for second in range(11, 11 + int(WINDOW_S) + 1):
        left = told(pace, "fetching", second, fetched=1000 + second - 10, found=2000)
    assert left is not None
    assert 900 <= left <= 1000


def test_known_vectors_take_no_time():
    """Chunks that need not be embedded are no work: of a hundred only the twenty new ones count."""
    pace = Pace()
    told(pace, "embedding", 0, embedded=0, chunks=100, reused=80)
    assert told(pace, "embedding", 10, embedded=10, chunks=100, reused=80) == 10

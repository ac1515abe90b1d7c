"""What the terminal says of a build: on its way, when another one goes on with it, and at the end."""

import pytest

from local.following import MOST_LINES, follow, progress, report

PATH = "/v1/businesses/demo"


def state(**fields):
    """Return a build as the admin API shows it."""
    return {
        "id": "bld_1", "status": "running", "phase": "fetching", "counts": {}, "reason": "", "attempt": 1,
        "retry_id": "", "dispatched_at": None, "seconds_left": None, "publish": "", "changes": None, **fields,
    }  # fmt: skip


class Api:
    """Answers with what lies ready for each path."""

    def __init__(self, **answers):
        self.answers = {f"{PATH}/knowledge/builds/{name}": value for name, value in answers.items()}

    def __call__(self, method, path, json_body=None, /):
        """See `Calls`."""
        assert (method, json_body) == ("GET", None)
        answer = self.answers[path.partition("?")[0]]
        return answer.pop(0) if isinstance(answer, list) else answer


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"phase": "queued"}, "waiting for its turn"),
        ({"phase": "queued", "dispatched_at": "2026-11-23T03:00:00+00:00"}, "starting"),
        ({"counts": {"fetched": 3, "found": 9}}, "reading, 3 of 9 pages"),
        (
            {"counts": {"fetched": 3, "found": 9, "unchanged": 2}, "seconds_left": 40},
            "reading, 3 of 9 pages (2 unchanged), about 40 s left",
        ),
        (
            {"phase": "embedding", "counts": {"chunks": 100, "reused": 80, "embedded": 5}, "attempt": 2},
            "embedding, 5 of 20 chunks (80 known already), second attempt",
        ),
        ({"phase": "publishing"}, "publishing"),
        ({"phase": "done", "status": "cancelled"}, "cancelled"),
    ],
)
def test_on_its_way(fields, line):
    """Each phase has its line, with what is known."""
    assert progress(state(**fields)) == line


def test_a_release_before_says_less():
    """What it does not know is not asked of it."""
    old = {"id": "bld_1", "status": "succeeded", "phase": "done", "counts": {"indexed": 1}, "reason": ""}
    api = Api(bld_1=old, **{"bld_1/pages": {"items": [], "next_cursor": None}})
    assert follow(api, PATH, "bld_1", lambda _: None) == old
    assert next(report(api, PATH, old)) == "bld_1 succeeded"


def test_a_second_attempt_is_followed():
    """Where one build goes on with the work of another, the end is the second one's."""
    dead = state(status="failed", phase="done", retry_id="bld_2")
    last = state(id="bld_2", status="succeeded", phase="done", attempt=2)
    said: list[str] = []
    assert follow(Api(bld_1=[state(), dead], bld_2=last), PATH, "bld_1", said.append, look_every_s=0) == last
    assert said[-1] == "knowledge: succeeded, second attempt"


def test_the_end():
    """Pages and chunks, what has changed with some addresses, and each page that is not right with its reason."""
    changes = {
        "added": 1, "changed": 0, "gone": MOST_LINES + 4, "unchanged": 7,
        "samples": {"added": ["https://s/new"], "changed": [], "gone": [f"https://s/{n}" for n in range(MOST_LINES)]},
    }  # fmt: skip
    done = state(
        status="succeeded", phase="done", publish="blocked", reason="Worse.", changes=changes,
        counts={"indexed": 8, "skipped": 1, "failed": 30, "chunks": 20, "embedded": 2},
    )  # fmt: skip
    fine = {"url": "https://s/fine", "outcome": "indexed", "reason": ""}
    bad = [{"url": f"https://s/bad{n}", "outcome": "failed", "reason": "the server answered 404"} for n in range(30)]
    pages = [{"items": [fine, *bad[:20]], "next_cursor": "c"}, {"items": bad[20:], "next_cursor": None}]
    lines = list(report(Api(**{"bld_1/pages": pages}), PATH, done))
    assert lines[:4] == [
        "bld_1 succeeded, blocked: Worse.",
        "pages: 8 indexed, 1 skipped, 30 failed; chunks: 20, of which 2 embedded now",
        "since the build before: 1 added, 0 changed, 19 gone, 7 unchanged",
        "  + https://s/new",
    ]
    assert "  - and 4 more" in lines
    assert not any("https://s/fine" in line for line in lines)
    assert "  failed: https://s/bad0: the server answered 404" in lines
    assert lines[-1] == f"  and {30 - MOST_LINES} more: GET {PATH}/knowledge/builds/bld_1/pages"

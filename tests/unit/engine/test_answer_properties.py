"""Whatever the model does and whenever the visitor leaves, a turn keeps its promises."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import ModelUnavailable
from shared.domain.prompt import ModelChunk
from shared.domain.turn import Delta, Finished, Started, Usage, Waiting
from tests.unit.fakes import World
from tests.unit.formatting.reply_html import read
from tests.unit.properties import NORMAL
from tests.unit.samples import a_message

_DOWN = ModelUnavailable("The model cannot be reached.", transient=True, reason="timeout")
_TEXTS = (
    "It costs 95 pounds [1]. ", "**bold", "** ", " I've booked you in. ", "\n\n- item\n", "| a | b |\n", "```\n",
    "[x](https://acme.example/page-2)", "<b>", " ", "", "\n", "[9]", "word",
)  # fmt: skip
_ENDS = (
    ModelChunk("", "stop", Usage(5, 7)),
    ModelChunk("", "length"),
    ModelChunk("", "blocked"),
    ModelChunk("end.", "stop"),
)
_steps = st.sampled_from((*_TEXTS, *_ENDS, None))
_scripts = st.tuples(st.lists(_steps, max_size=8), st.sampled_from([[], [_DOWN]])).map(
    lambda parts: parts[0] + parts[1]
)


@NORMAL
@given(_scripts)
def test_a_turn_heard_to_its_end_is_whole(script):
    """It starts, streams and finishes; deltas joined are the reply, which says something; the session is free."""
    around = World(scripts=[script])
    heard = around.ask()
    kinds = [type(event) for event in heard.events]
    assert (kinds[0], kinds[-1]) == (Started, Finished)
    assert set(kinds[1:-1]) <= {Delta, Waiting}
    assert heard.html == heard.answer["reply"]["html"]
    assert heard.text.strip()
    assert read(heard.html).paragraphs
    assert "booked" not in heard.html
    assert around.model.streams[0].closed
    assert not around.is_locked()
    assert [turn.message_id for turn in around.session().turns] == ["m-1"]
    assert around.session().turns[-1].html == heard.html
    assert around.ask().answer == heard.answer


@NORMAL
@given(_scripts, st.integers(0, 12))
def test_a_turn_left_at_any_moment_leaves_nothing_behind(script, heard):
    """No lock, no running call; what was asked is in the session once, and asking again gets an answer."""
    around = World(scripts=[script, ["Here you are."], ["Here you are."]])
    turn = around.start(a_message("What now?"))
    for _ in range(heard):
        next(turn, None)
    turn.close()  # type: ignore[attr-defined]
    assert all(stream.closed for stream in around.model.streams)
    assert not around.is_locked()
    assert around.ask("What now?").text
    assert [past.question for past in around.session().turns] == ["What now?"]

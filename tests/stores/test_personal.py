"""Personal data in a row: what is sealed opens with the right keys for the right business, what is in clear is read."""

import pytest

from local.stack.platform import ROOT
from shared.adapters.postgres.personal import CALLS, FEEDBACK, FORMS, OUTBOX, VISITORS, Sealing
from shared.adapters.vault import Vault
from shared.domain.errors import Conflict
from tests.stores.rows import raw

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 32
CALLER = {"caller": "+447700900001", "summary": "Jürgen 日本 \ud800", "fields": {"name": "Ana"}, "reason": ""}


def kept(*keys, on=True):
    """Return the sealing of an instance with these keys."""
    return Sealing(Vault(keys), on=on)


def row(told):
    """Return columns as the database gives them back: JSON is read."""
    values = {"{}": {}, '{"name": "Ana"}': {"name": "Ana"}}
    return {name: values.get(value, value) if isinstance(value, str) else value for name, value in told.items()}


@pytest.mark.parametrize("reads_on", [True, False])
@pytest.mark.parametrize("writes_on", [True, False])
def test_each_form_is_read_whatever_is_written(writes_on, reads_on):
    """Before and after the setting is changed, beside each other: the same values."""
    told = kept(OLD, on=writes_on).written(CALLS, "shop", CALLER)
    opened = kept(NEW, OLD, on=reads_on).opened(CALLS, "shop", row(told))
    assert opened == {**CALLER, "next": None}


def test_sealed_nothing_shows():
    """Neither a value nor a part of it is in any column; what is looked for has a mark in its place."""
    told = kept(OLD).written(CALLS, "shop", CALLER)
    shown = repr({name: value for name, value in told.items() if name != "sealed"})
    assert not [part for part in ("7700900001", "Jürgen", "Ana") if part in shown]
    assert isinstance(told["sealed"], bytes)
    assert told["caller"] == kept(OLD).found_by(CALLS, "caller", "shop", "+447700900001")[0]


def test_what_says_nothing_is_not_sealed():
    """A verdict without a comment, a call without a number: there is nothing to hide, and nothing is written."""
    assert kept(OLD).written(FEEDBACK, "shop", {"comment": ""}) == {"comment": "", "sealed": None}
    assert kept(OLD).written(CALLS, "shop", {"caller": ""})["sealed"] is None


@pytest.mark.parametrize(("keys", "business"), [([NEW], "shop"), ([OLD], "rival")], ids=["key", "business"])
def test_another_key_or_business_opens_nothing(keys, business):
    """It is refused where it matters, and shown as empty where the rest of the row is worth showing."""
    told = {**row(kept(OLD).written(FEEDBACK, "shop", {"comment": "bad"})), "rating": "up"}
    with pytest.raises(Conflict) as refused:
        kept(*keys).opened(FEEDBACK, business, told)
    assert refused.value.code == "unreadable"
    assert kept(*keys).shown(FEEDBACK, business, told) == {"comment": "", "rating": "up"}


def test_a_value_is_found_by_any_key_and_in_clear():
    """What an instance with an older key wrote, or one before sealing, is found; the newest form comes first."""
    older = kept(OLD).written(VISITORS, "shop", {"user_id": "u-1", "fields": {}})["user_id"]
    newer = kept(NEW).written(VISITORS, "shop", {"user_id": "u-1", "fields": {}})["user_id"]
    assert kept(NEW, OLD).found_by(VISITORS, "user_id", "shop", "u-1") == [newer, older, "u-1"]
    assert kept(NEW, OLD, on=False).found_by(VISITORS, "user_id", "shop", "u-1") == ["u-1", newer, older]


def test_marks_say_nothing_of_each_other():
    """The same value is another mark elsewhere: in another business, table, or under another key."""
    marks = {
        sealing.found_by(form, column, business, "+447700900001")[0]
        for sealing in (kept(OLD), kept(NEW))
        for form, column in ((CALLS, "caller"), (VISITORS, "user_id"), (OUTBOX, "people"))
        for business in ("shop", "rival")
    }
    assert len(marks) == 12


def test_lines_are_sealed_one_by_one():
    """A transcript that grows is read whole, also one that was begun in clear."""
    lines = [kept(OLD, on=on).line(CALLS, "shop", {"text": text}) for on, text in ((False, "a"), (True, "b"))]
    assert lines[0] == {"text": "a"}
    assert set(lines[1]) == {"sealed"}
    assert kept(OLD).opened(CALLS, "shop", {"transcript": lines})["transcript"] == [{"text": "a"}, {"text": "b"}]


def test_the_page_lists_every_personal_column():
    """docs/privacy.md names each of them in its table's row, marks in the last column."""
    page = (ROOT / "docs/privacy.md").read_text().splitlines()
    rows = {line.split("|")[1].strip(): line.split("|")[2:4] for line in page if line.startswith("| `")}
    for form in FORMS.values():
        sealed, marked = rows[f"`{form.table}`"]
        names = [name for name in (*form.empty, form.lines, *form.alone) if name]
        assert [name for name in names if f"`{name}`" not in sealed] == [], form.table
        assert [name for name in form.marked if f"`{name}`" not in marked] == [], form.table


def test_every_personal_column_is_there(servers):
    """The list names columns of the schema, and each table has the place where they are sealed."""
    owner = raw("postgres", servers.ports.postgres, servers.database)
    columns = owner.run("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
    owner.close()
    for form in FORMS.values():
        wanted = {*form.key, *form.columns, *(["digest"] if form.digest else [])}
        assert wanted <= {column for table, column in columns if table == form.table}, form.table

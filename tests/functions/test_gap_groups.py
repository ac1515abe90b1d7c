"""Questions without an answer over HTTP: grouped, answered, dismissed, masked, erased, each business's own."""

import csv
import io
import time

import pytest

from local.seed import SeedError
from shared.adapters.vault import Vault
from tests.conftest import ADMIN_KEY
from tests.stores.rows import raw

FACTS = "A full bicycle service costs 95 pounds. The shop is open from Monday to Friday, 9 to 18 o'clock."
SCOOTERS = (
    "Do you repair electric scooters?", "Can you fix my electric scooter?", "Is electric scooter repair offered?",
)  # fmt: skip
NORWAY = ("Do you ship to Norway?", "Is shipping to Norway possible?")
ANSWER = "We repair electric scooters for 40 pounds an hour."
EMAIL, PHONE, NAME = "wilhelmina@quagmire-post.example.com", "+44 7911 234 567", "Wilhelmina Quagmire"
TELLING = (EMAIL, PHONE, NAME, "Wilhelmina", "7911234567", "7911 234", "4111 1111", "Heliotrope")


@pytest.fixture
def shop(new_business, stand_in):
    """A business that knows two facts."""
    stand_in.control(tokens_per_second=None)
    return new_business(facts=FACTS, region="GB", goals=[])


def asked(business, *questions):
    """Let a visitor of their own ask each question; return their chats."""
    chats = []
    for question in questions:
        chat = business.chat.visitor()
        chat.ask(question)
        chats.append(chat)
    return chats


def gaps(business, query=""):
    """Return the groups."""
    return business.admin.call("GET", f"{business.path}/knowledge/gaps{query}")


def post(business, group, what, body=None):
    """Do something with a group."""
    return business.admin.call("POST", f"{business.path}/knowledge/gaps/{group['id']}/{what}", body or {})


def subjects(listed):
    """Return count and status by the question of each group."""
    return {item["question"]: (item["count"], item["status"]) for item in listed["items"]}


def group_of(listed, word):
    """Return the one group about something."""
    [found] = [item for item in listed["items"] if word in item["question"].lower()]
    return found


def test_three_phrasings_are_one_group(shop):
    """Another subject is another one; what was answered is in none; most asked comes first."""
    asked(shop, *SCOOTERS, *NORWAY, "What does a full bicycle service cost?")
    listed = gaps(shop)
    assert (listed["groups"], listed["questions"], listed["more"], listed["unreadable"]) == (2, 5, False, 0)
    first, second = listed["items"]
    assert (first["count"], first["sessions"], first["status"], first["languages"]) == (3, 3, "open", {"en": 3})
    assert {sample["question"] for sample in first["samples"]} == set(SCOOTERS)
    assert first["question"] in SCOOTERS
    assert first["trend"] == {"week": 3, "week_before": 0}
    assert first["decision"] is None
    assert {sample["question"] for sample in second["samples"]} == set(NORWAY)
    asked(shop, "do you repair electric scooters")
    again = gaps(shop)["items"][0]
    assert (again["id"], again["count"], len(again["samples"])) == (first["id"], 4, 3)


def test_lists_are_filtered_paged_and_given_as_csv(shop):
    """By words, status, time and channel; a spreadsheet takes none of it for a formula."""
    asked(shop, *SCOOTERS, *NORWAY, "=HYPERLINK(1) are dogs allowed inside?")
    assert [item["count"] for item in gaps(shop, "?q=NORWAY")["items"]] == [2]
    assert gaps(shop, "?status=answered")["items"] == gaps(shop, "?channel=voice")["items"] == []
    assert gaps(shop, "?from=2020-01-01&to=2020-12-31")["items"] == []
    first = gaps(shop, "?limit=2")
    rest = gaps(shop, f"?limit=2&cursor={first['next_cursor']}")
    assert [item["count"] for item in (*first["items"], *rest["items"])] == [3, 2, 1]
    assert rest["next_cursor"] is None
    for wrong in ("?from=2021-02-02&to=2021-02-01", "?status=unknown", "?cursor=xx", "?limit=0"):
        with pytest.raises(SeedError, match="422"):
            gaps(shop, wrong)


def test_the_table_is_safe_to_open(shop, http, platform):
    """As CSV, every group a row."""
    asked(shop, *NORWAY, "=HYPERLINK(1) are dogs allowed inside?")
    headers = {"Authorization": f"Bearer {ADMIN_KEY}", "Accept": "text/csv"}
    answer = http.get(f"{platform.admin_url}{shop.path}/knowledge/gaps", headers=headers)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["count"] for row in rows] == ["2", "1"]
    assert rows[1]["question"].startswith("'=HYPERLINK")


def test_an_answered_group_is_answered_from_then_on(shop, database):
    """The pair is a source; after a build the bot says it, and the group is open no more until it is asked in vain."""
    asked(shop, *SCOOTERS, *NORWAY)
    group = group_of(gaps(shop), "scooter")
    done = post(shop, group, "answer", {"answer": ANSWER, "url": "https://acme.example/scooters"})
    assert (done["group"]["id"], done["group"]["status"], done["build_id"]) == (group["id"], "answered", None)
    assert done["group"]["decision"]["live_since"] is None
    source = shop.admin.call("GET", f"{shop.path}/knowledge/sources/{done['source_id']}")
    assert (source["kind"], source["name"]) == ("faq", "Answers to open questions")
    assert source["spec"]["pairs"] == [
        {"question": group["question"], "answer": ANSWER, "url": "https://acme.example/scooters"}
    ]
    asked(shop, "Could you repair an electric scooter for me?")
    waiting = group_of(gaps(shop), "scooter")
    assert (waiting["count"], waiting["status"]) == (4, "answered"), "asked before the answer was there"

    shop.build()
    reply = shop.chat.visitor().ask("Do you repair electric scooters?")
    assert "40 pounds" in reply["reply"]["text"]
    assert reply["citations"][0]["url"] == "https://acme.example/scooters"
    assert group_of(gaps(shop, "?status=answered"), "scooter")["decision"]["live_since"]
    assert [item["count"] for item in gaps(shop, "?status=open")["items"]] == [2]

    with database.platform() as tx:  # as if the answer had been there for an hour when the fourth visitor asked
        tx.run("UPDATE knowledge_builds SET finished_at = now() - interval '1 hour' WHERE business_id = %s", shop.id)
    again = group_of(gaps(shop, "?status=open"), "scooter")
    assert (again["count"], again["decision"]["asked_again"], again["decision"]["status"]) == (4, 1, "answered")
    assert post(shop, again, "answer", {"answer": ANSWER})["group"]["status"] == "answered"


def test_an_answer_is_worded_anew_and_more_are_added(shop):
    """The same question replaces its pair, another one is a further pair; both can be put otherwise in the source."""
    asked(shop, *SCOOTERS, *NORWAY)
    scooters, norway = group_of(gaps(shop), "scooter"), group_of(gaps(shop), "norway")
    post(shop, scooters, "answer", {"question": "Are scooters repaired?", "answer": "No."})
    post(shop, scooters, "answer", {"question": "are scooters repaired?", "answer": "Yes."})
    done = post(shop, norway, "answer", {"answer": "Not yet."})
    path = f"{shop.path}/knowledge/sources/{done['source_id']}"
    pairs = shop.admin.call("GET", path)["spec"]["pairs"]
    assert [(pair["question"], pair["answer"]) for pair in pairs] == [
        ("are scooters repaired?", "Yes."), (norway["question"], "Not yet."),
    ]  # fmt: skip
    actions = [line["action"] for line in shop.admin.call("GET", f"{shop.path}/audit?limit=20")["items"]]
    assert actions[:6] == [*["gap.answered", "source.updated"] * 2, "gap.answered", "source.created"]
    assert gaps(shop, "?status=open")["items"] == []
    opened = post(shop, norway, "reopen")
    assert (opened["status"], opened["decision"], opened["count"]) == ("open", None, 2)


def test_a_source_of_answers_that_is_full_takes_no_more(shop):
    """Refused by name; the group stays open, and the pairs as they were."""
    asked(shop, *SCOOTERS, *NORWAY)
    scooters, norway = group_of(gaps(shop), "scooter"), group_of(gaps(shop), "norway")
    path = f"{shop.path}/knowledge/sources/{post(shop, scooters, 'answer', {'answer': ANSWER})['source_id']}"
    pairs = [{"question": f"What is {number}?", "answer": "A number."} for number in range(1000)]
    shop.admin.call("PUT", path, {"kind": "faq", "pairs": pairs})
    with pytest.raises(SeedError, match="409 The source src_answers is full"):
        post(shop, norway, "answer", {"answer": "No."})
    assert group_of(gaps(shop), "norway")["status"] == "open"
    assert len(shop.admin.call("GET", path)["spec"]["pairs"]) == 1000
    assert post(shop, norway, "answer", {"question": "what is 7?", "answer": "Odd."})["group"]["status"] == "answered"


def test_a_build_starts_with_the_answer(shop):
    """When asked to; when there is one already the answer is kept, and the refusal told."""
    asked(shop, *SCOOTERS)
    group = group_of(gaps(shop), "scooter")
    done = post(shop, group, "answer", {"answer": ANSWER, "build": True})
    again = post(shop, group, "answer", {"answer": ANSWER, "build": True})
    assert (done["build_refused"], again["build_id"]) == ("", None)
    assert done["build_id"] in again["build_refused"]
    deadline = time.monotonic() + 60
    while shop.admin.call("GET", f"{shop.path}/knowledge/builds/{done['build_id']}")["status"] != "succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "40 pounds" in shop.chat.visitor().ask(SCOOTERS[1])["reply"]["text"]


def test_a_dismissed_group_stays_so(shop):
    """Whoever asks it next; until the owner opens it again."""
    asked(shop, *SCOOTERS[:2])
    group = group_of(gaps(shop), "scooter")
    assert post(shop, group, "dismiss")["status"] == "dismissed"
    asked(shop, SCOOTERS[2])
    assert subjects(gaps(shop, "?status=dismissed")) == {group["question"]: (3, "dismissed")}
    assert gaps(shop, "?status=open")["items"] == []
    assert post(shop, group, "reopen")["count"] == 3


def test_nobody_is_told_of_in_a_question(shop, platform, http):
    """Neither in the answers of the API nor in any byte of a gap, sealed or not."""
    chat = shop.chat.visitor()
    chat.ask(f"My name is {NAME} and my email is {EMAIL}, can you repair my electric scooter?")
    chat.ask(f"Does {NAME} get a discount on tandem rental? Write to {EMAIL} or call {PHONE}")
    asked(shop, f"Is my card 4111 1111 1111 1111 accepted in Oslo? I am at 17 Heliotrope Crescent, {EMAIL}")
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    told = http.get(f"{platform.admin_url}{shop.path}/knowledge/gaps", headers=headers).text
    assert "scooter" in told
    assert "Oslo" in told
    for value in TELLING:
        assert value not in told
    vault = Vault(platform.function_env("chat")["SECRETS_KEY"].split(","))
    owner = raw("postgres", platform.ports.postgres, platform.database)
    rows = owner.run("SELECT (to_jsonb(g) - 'sealed')::text, sealed FROM gaps g WHERE business_id = %s", shop.id)
    owner.close()
    assert len(rows) == 3
    for row, sealed in rows:
        opened = vault.open(shop.id, "gap", sealed).partition(b"\n")[0].decode()
        for value in TELLING:
            assert value not in row
            assert value not in opened


def test_what_visitors_said_of_themselves_is_not_published(shop):
    """A question with something masked is not taken over as the pair's: the owner words it."""
    asked(shop, f"Can {EMAIL} get a student discount?")
    [group] = gaps(shop)["items"]
    assert "[e-mail]" in group["question"]
    with pytest.raises(SeedError, match="422"):
        post(shop, group, "answer", {"answer": "Yes."})
    done = post(shop, group, "answer", {"question": "Is there a student discount?", "answer": "Yes."})
    assert done["group"]["decision"]["question"] == "Is there a student discount?"


def test_an_erased_conversation_leaves_no_question(shop):
    """Nor its group, when it was alone in it; the export shows it until then."""
    [one, _, _] = asked(shop, SCOOTERS[0], *NORWAY)
    exported = shop.admin.call("POST", f"{shop.path}/privacy/export", {"session_id": one.session_id})
    assert SCOOTERS[0] in str(exported["data"]["gaps"])
    group = group_of(gaps(shop), "scooter")
    erased = shop.admin.call("POST", f"{shop.path}/privacy/erase", {"session_id": one.session_id})
    assert erased["counts"]["gaps"] == 1
    assert [item["count"] for item in gaps(shop)["items"]] == [2]
    with pytest.raises(SeedError, match="404"):
        post(shop, group, "dismiss")


def test_businesses_have_their_own(shop, new_business, http, platform):
    """A key of one reads and answers nothing of another; reading does not let one write."""
    asked(shop, SCOOTERS[0])
    other = new_business()
    assert gaps(other)["items"] == []
    group = group_of(gaps(shop), "scooter")
    path = f"{platform.admin_url}{shop.path}/knowledge/gaps"
    for key, expected in ((other.key("read", "write"), (404, 404)), (shop.key("read"), (200, 403))):
        headers = {"Authorization": f"Bearer {key}"}
        done = http.get(path, headers=headers), http.post(f"{path}/{group['id']}/dismiss", headers=headers)
        assert tuple(answer.status_code for answer in done) == expected
    with pytest.raises(SeedError, match="404"):
        post(other, group, "dismiss")


def test_a_file_is_not_described_anew(shop, http, platform):
    """It is removed and uploaded again: what it says is in the file."""
    url, headers = f"{platform.admin_url}{shop.path}/knowledge/sources", {"Authorization": f"Bearer {ADMIN_KEY}"}
    made = http.post(url, files={"file": ("facts.txt", b"The shop is blue.")}, headers=headers).json()
    with pytest.raises(SeedError, match="422"):
        shop.admin.call(
            "PUT", f"{shop.path}/knowledge/sources/{made['id']}", {"kind": "text", "title": "T", "text": "T"}
        )


def test_a_source_is_described_anew(shop):
    """Its kind stays, and what it may hold is checked as for a new one."""
    path = f"{shop.path}/knowledge/sources"
    pair = {"question": "Are you closed on Sundays?", "answer": "Yes."}
    made = shop.admin.call("POST", path, {"kind": "faq", "pairs": [pair]})
    one = f"{path}/{made['id']}"
    put = shop.admin.call("PUT", one, {"kind": "faq", "name": "Sundays", "pairs": [{**pair, "answer": "No."}]})
    assert (put["id"], put["name"], put["spec"]["pairs"][0]["answer"]) == (made["id"], "Sundays", "No.")
    assert put["updated_at"] > made["updated_at"]
    assert shop.admin.call("GET", one) == put
    for wrong, status in (
        ({"kind": "text", "title": "T", "text": "T"}, "422"), ({"kind": "faq", "pairs": []}, "422"),
        ({"kind": "faq"}, "422"),
    ):  # fmt: skip
        with pytest.raises(SeedError, match=status):
            shop.admin.call("PUT", one, wrong)
    with pytest.raises(SeedError, match="404"):
        shop.admin.call("PUT", f"{path}/src_nobody", {"kind": "faq", "pairs": [pair]})

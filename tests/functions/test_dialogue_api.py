"""Rules, inspection, conversations: what owners see and try, over HTTP."""

import pytest

from local.seed import SeedError

RULES = [
    {"id": "hours", "text": "Mention the opening hours when asked for a price."},
    {"id": "recall", "when": 'message.plain.contains("recall")', "then": [{"do": "reply", "text": "It is free."}]},
    {"id": "vip", "when": "has(fields.email) && turn > 1", "then": [{"do": "tag", "tag": "vip"}], "once": True},
]


@pytest.fixture
def business(new_business):
    """A business with rules."""
    return new_business(rules=RULES, name="Acme Bikes")


def test_rules_are_listed_and_replaced(business):
    """They are a part of the configuration: a new version, and the chat follows at once."""
    path = f"{business.path}/rules"
    assert [rule["id"] for rule in business.admin.call("GET", path)["rules"]] == ["hours", "recall", "vip"]
    saved = business.admin.call("PUT", path, {"rules": RULES[:2], "match": "first"})
    assert (len(saved["rules"]), saved["match"], saved["version"]) == (2, "first", 2)
    assert business.chat.ask("Is there a recall?")["reply"]["text"] == "It is free."


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ("intent.nam == 'x'", "column 1"),
        ("turn == ", "column"),
        ("turn + 1", "true or false"),
        ("fields.emial == 'x'", "email"),
    ],
)
def test_a_mistake_in_a_condition_is_told_with_its_place(business, when, complaint):
    """Nothing is saved; the sentence helps."""
    with pytest.raises(SeedError, match="422") as refused:
        business.admin.call("PUT", f"{business.path}/rules", {"rules": [{"id": "bad", "when": when, "text": "x"}]})
    assert complaint in str(refused.value)
    assert len(business.admin.call("GET", f"{business.path}/rules")["rules"]) == 3


def test_rules_are_tried_on_imagined_facts(business):
    """Saved or not; the trace says why."""
    tried = business.admin.call("POST", f"{business.path}/rules/test", {
        "facts": {"message": "Is there a Recall?", "fields": {"email": "a@x.example"}, "turn": 2}, "sessions": 0,
    })  # fmt: skip
    assert tried["decision"]["reply"] == "It is free."
    assert {item["rule_id"]: item["outcome"] for item in tried["trace"]} == {
        "hours": "fired", "recall": "fired", "vip": "skipped",
    }  # fmt: skip
    assert tried["replay"] is None


def test_rules_are_tried_on_past_conversations(business):
    """What would have fired, how often, and on which words; nothing is changed by it."""
    business.chat.ask("My email is ana@x.example. What does a full service cost?")
    business.chat.ask("And is there a recall?")
    rules = [{"id": "new", "when": 'message.plain.contains("service")', "text": "x"}]
    replay = business.admin.call("POST", f"{business.path}/rules/test", {"rules": rules})["replay"]
    assert (replay["sessions"], replay["turns"], replay["fired"]) == (1, 2, {"new": 1})
    assert replay["examples"] == {"new": ["My email is ana@x.example. What does a full service cost?"]}


def test_a_message_is_explained_without_a_trace_of_it(business, stand_in):
    """Every stage, the prompt as sent, and sentences for the owner; the session stays as it was."""
    business.learn("A full service costs 95 pounds.")
    business.chat.ask("My email is ana@x.example. What does a full service cost?")
    body = {"message": "What does a full service cost?", "session_id": business.chat.session_id}
    explained = business.admin.call("POST", f"{business.path}/inspect", body)
    assert explained["passages"][0]["text"].startswith("A full service costs 95")
    assert "95" in explained["reply"]["text"]
    assert explained["fields"]["known"]["email"]["value"] == "ana@x.example"
    assert {item["rule_id"]: item["outcome"] for item in explained["rules"]}["vip"] == "fired"
    assert explained["usage"]["input_tokens"] > 0
    assert any("passages were given to the model" in sentence for sentence in explained["explanation"])
    session = business.admin.call("GET", f"{business.path}/sessions/{business.chat.session_id}")
    assert (session["turns"], session["tags"]) == (1, [])
    sent = stand_in.requests()[-1]["body"]
    assert explained["prompt"]["contents"][-1]["parts"][1] == sent["contents"][-1]["parts"][1]


def test_inspection_can_leave_the_model_out(business, stand_in):
    """Then it costs no tokens and shows everything up to the prompt."""
    stand_in.reset()
    body = {"message": "What does a full service cost?", "model": False}
    explained = business.admin.call("POST", f"{business.path}/inspect", body)
    assert explained["reply"] is None
    assert explained["prompt"]["system"].startswith("You are the assistant of Acme Bikes")
    assert stand_in.requests() == []


def test_conversations_are_listed_shown_and_erased(business):
    """Newest first, with what is known; erased means gone for the visitor too."""
    first, second = business.chat, business.chat.visitor()
    first.ask("My email is ana@x.example.")
    second.ask("What does a full service cost?")
    listed = business.admin.call("GET", f"{business.path}/sessions")["items"]
    assert [item["session_id"] for item in listed][:1] == [second.session_id] or len(listed) == 2
    shown = business.admin.call("GET", f"{business.path}/sessions/{first.session_id}")
    assert shown["dialogue"]["fields"]["email"]["value"] == "ana@x.example"
    assert shown["messages"][0]["visitor"] == "My email is ana@x.example."
    business.admin.call("DELETE", f"{business.path}/sessions/{first.session_id}")
    assert business.admin.call("GET", f"{business.path}/sessions/{first.session_id}", missing_ok=True) is None


def test_a_guests_token_shows_no_details(business):
    """Who only knows the session's id gets a token that reads the history with details masked, and opens nothing."""
    chat = business.chat
    mine = chat.ask("My email is ana@x.example. What does a full service cost?")["session_token"]
    theirs = chat.ask("And on Saturdays?")["session_token"]
    query = {"business_id": business.id, "session_id": chat.session_id}

    def history(token):
        return chat.http.get(f"{chat.url}/session", params=query, headers={"Authorization": f"Bearer {token}"}).text

    assert "ana@x.example" in history(mine)
    assert "ana@x.example" not in history(theirs)
    assert "full service" in history(theirs)

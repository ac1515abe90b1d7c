"""Golden questions over HTTP: kept, asked, and what becomes of builds that answer them worse."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.adapters.knowledge.layout import build_prefix
from shared.adapters.storage import Storage
from tests.clients import Business
from tests.conftest import ADMIN_KEY

SITE = "https://shop.example"
TEXTS = {
    "prices": "A full service of a bicycle costs 95 pounds.",
    "rental": "The cargo bike can be hired for 40 pounds a day.",
    "dog": "The workshop dog is called Sprocket and likes visitors.",
}
QUESTIONS: list[dict[str, Any]] = [
    {"id": "dog", "question": "What is the workshop dog called?", "pages": [f"{SITE}/dog"], "facts": ["Sprocket"]},
    {"id": "rental", "question": "What does it cost to hire the cargo bike?", "pages": ["/rental"], "facts": ["40"]},
    {"id": "service", "question": "What does a full service cost?", "pages": ["/prices"], "facts": ["95|ninety-five"]},
]


@pytest.fixture
def business(new_business) -> Business:
    """A shop of three pages with three golden questions."""
    made: Business = new_business(knowledge={"use_default_index": False})
    for name, text in TEXTS.items():
        source = {"kind": "text", "title": name, "text": text, "url": f"{SITE}/{name}"}
        made.admin.call("POST", f"{made.path}/knowledge/sources", {**source, "name": name})
    made.admin.call("PUT", f"{made.path}/knowledge/golden", {"questions": QUESTIONS})
    return made


@pytest.fixture
def api(platform, http, business):
    """Calls the business's knowledge in the admin API, with the platform's key or the one given."""

    def call(method, path, body=None, key=ADMIN_KEY, of=None, **more):
        auth = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        url = f"{platform.admin_url}{(of or business).path}/knowledge{path}"
        return http.request(method, url, json=body, headers=auth, **more)

    return call


def without(business: Business, name: str) -> None:
    """Take a page away from what the business's index is built of."""
    sources = business.admin.call("GET", f"{business.path}/knowledge/sources")["items"]
    [source] = [one for one in sources if one["name"] == name]
    business.admin.call("DELETE", f"{business.path}/knowledge/sources/{source['id']}")


def index(business: Business) -> dict[str, Any]:
    """Return what answers, and what could."""
    shown: dict[str, Any] = business.admin.call("GET", f"{business.path}/knowledge/index")
    return shown


def knows(business: Business, question: str, answer: str) -> bool:
    """Say whether visitors get the answer; an instance may need a second to hear of a switch."""
    for _ in range(20):
        if answer in business.chat.visitor().ask(question)["reply"]["text"]:
            return True
        time.sleep(0.1)
    return False


def forgets(business: Business, question: str, answer: str) -> bool:
    """Say whether visitors do not get the answer any more."""
    for _ in range(50):
        if answer not in business.chat.visitor().ask(question)["reply"]["text"]:
            return True
        time.sleep(0.1)
    return False


def test_questions_are_kept_and_given_back(api):
    """As posted, in order of their ids; one more, one less."""
    assert api("GET", "/golden").json() == {"format": 1, "questions": QUESTIONS}
    more = {"id": "age", "question": "And for children?", "history": ["Do you rent bikes?"], "facts": ["18"]}
    added = api("POST", "/golden", more)
    assert (added.status_code, added.headers["Location"].endswith("/knowledge/golden/age")) == (201, True)
    assert api("POST", "/golden", more).status_code == 409
    assert [one["id"] for one in api("GET", "/golden").json()["questions"]] == ["age", "dog", "rental", "service"]
    assert api("DELETE", "/golden/age").status_code == 204
    assert api("DELETE", "/golden/age").status_code == 404
    assert api("PUT", "/golden", {"questions": []}).json() == {"format": 1, "questions": []}


def test_a_table_goes_out_and_comes_back(api):
    """As CSV for a spreadsheet; a mistake is told by its row and changes nothing."""
    table = api("GET", "/golden?format=csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    sent = {"headers": {"Content-Type": "text/csv"}}
    edited = table.text.replace("Sprocket", "Bobbin") + 'new,"Do you sell skis?",,,no,,en\r\n'
    put = api("PUT", "/golden", content=edited.encode(), **sent)
    assert put.status_code == 200, put.text
    kept = {one["id"]: one for one in api("GET", "/golden").json()["questions"]}
    assert kept["dog"] == {**QUESTIONS[0], "facts": ["Bobbin"]}
    assert kept["new"] == {"id": "new", "question": "Do you sell skis?", "answerable": False, "language": "en"}
    wrong = api("PUT", "/golden", content=b"question,facts,pages\nHow?,,\n", **sent)
    assert (wrong.status_code, "row 2" in wrong.json()["detail"]) == (422, True)
    assert len(api("GET", "/golden").json()["questions"]) == 4


def test_a_set_with_a_mistake_is_refused_as_a_whole(api):
    """With the place of the mistake; what was kept stays."""
    bad = [*QUESTIONS, {"id": "x", "question": "Where?", "pages": ["nowhere"]}]
    refused = api("PUT", "/golden", {"questions": bad})
    assert (refused.status_code, refused.json()["errors"][0]["loc"][:3]) == (422, ["questions", 3, "pages"])
    assert api("GET", "/golden").json()["questions"] == QUESTIONS


def test_a_run_says_what_is_found_and_why_not(api, business):
    """Figures of the index in use, and for each question its pages and what is missing."""
    nothing = api("POST", "/golden/run", {}).json()
    assert (nothing["build_id"], nothing["asked"], nothing["figures"]["hit8"]) == (None, 0, None)
    build = business.build()
    api("POST", "/golden", {"id": "wrong", "question": "What is the dog called?", "pages": ["/cat"], "facts": ["Tom"]})
    run = api("POST", "/golden/run", {}).json()
    assert (run["build_id"], run["asked"], run["questions"]) == (build["id"], 4, 4)
    assert (run["figures"]["answerable"], run["figures"]["hit8"]) == (4, 0.75)
    results = {one["id"]: one for one in run["results"]}
    assert {name for name, one in results.items() if one["passed"]} == {"dog", "rental", "service"}
    assert (results["dog"]["rank"], results["dog"]["found"][0]) == (1, f"{SITE}/dog")
    assert (results["wrong"]["rank"], results["wrong"]["missing_pages"], results["wrong"]["missing_facts"]) == (
        None, ["/cat"], ["Tom"]
    )  # fmt: skip
    some = api("POST", "/golden/run", {"ids": ["dog"]}).json()
    assert (some["asked"], some["questions"], some["figures"]["hit1"]) == (1, 4, 1)
    assert api("POST", "/golden/run", {"ids": ["unknown"]}).status_code == 422
    assert api("POST", "/golden/run", {"limit": 2}).json()["asked"] == 2


def test_a_build_that_loses_a_page_is_blocked_published_and_rolled_back(api, business):
    """The old index answers until somebody says otherwise, and again after a rollback; instances see each switch."""
    first = business.build()
    assert (first["publish"], first["verdict"]["candidate"]["hit8"]) == ("published", 1)
    assert knows(business, "What is the workshop dog called?", "Sprocket")
    without(business, "dog")
    second = business.build()
    assert (second["status"], second["publish"]) == ("succeeded", "blocked")
    assert "What is the workshop dog called?" in second["reason"]
    assert second["verdict"]["lost"] == ["dog"]
    assert knows(business, "What is the workshop dog called?", "Sprocket")
    shown = index(business)
    assert (shown["current"]["build_id"], shown["current"]["state"]) == (first["id"], "current")
    [held] = shown["kept"]
    assert (held["build_id"], held["state"], held["verdict"]["reason"]) == (second["id"], "blocked", second["reason"])

    published = api("POST", f"/builds/{second['id']}/publish")
    assert (published.status_code, published.json()["current"]["build_id"]) == (200, second["id"])
    assert forgets(business, "What is the workshop dog called?", "Sprocket")
    again = api("GET", f"/builds/{second['id']}").json()
    assert (again["publish"], again["reason"]) == ("published", "")
    assert [(one["build_id"], one["state"]) for one in index(business)["kept"]] == [(first["id"], "kept")]

    assert api("POST", f"/builds/{first['id']}/publish").json()["current"]["build_id"] == first["id"]
    assert knows(business, "What is the workshop dog called?", "Sprocket")
    log = business.admin.call("GET", f"{business.path}/audit?limit=2")["items"]
    assert [(one["action"], one["target"], one["detail"]["before"]) for one in log] == [
        ("build.published", first["id"], second["id"]), ("build.published", second["id"], first["id"]),
    ]  # fmt: skip


def test_a_wide_margin_lets_a_worse_build_through(api, business):
    """The business says how much worse is too much; the verdict tells what was lost all the same."""
    business.admin.call("PATCH", business.path, {"knowledge": {"max_regression": 0.5}})
    business.build()
    without(business, "dog")
    second = business.build()
    assert (second["publish"], second["verdict"]["lost"], second["verdict"]["margin"]) == ("published", ["dog"], 0.5)
    assert index(business)["current"]["build_id"] == second["id"]
    assert api("POST", f"/builds/{second['id']}/publish").status_code == 200


def test_two_switches_at_once(api, business):
    """Each caller is told what became of theirs, and what answers is a winner's."""
    builds = [
        business.build(),
        business.learn("The shop also sells bells.", "bells"),
        business.learn("And locks.", "x"),
    ]
    targets = [one["id"] for one in builds[:2]] * 2
    with ThreadPoolExecutor(len(targets)) as pool:
        answers = list(pool.map(lambda name: api("POST", f"/builds/{name}/publish"), targets))
    won = {name for name, answer in zip(targets, answers, strict=True) if answer.status_code == 200}
    lost = [answer for answer in answers if answer.status_code != 200]
    assert index(business)["current"]["build_id"] in won
    assert {(answer.status_code, answer.json()["code"]) for answer in lost} <= {(409, "switched_meanwhile")}


def test_what_cannot_be_switched_to(api, business, new_business, platform):
    """An unknown build, another business's, one that wrote nothing, that failed, that was dropped: each says why."""
    first, same = business.build(), business.build()
    other = new_business()
    assert api("POST", f"/builds/{first['id']}/publish", of=other).status_code == 404
    assert api("POST", "/builds/bld_unknown/publish").status_code == 404
    for name in TEXTS:
        without(business, name)
    started = business.admin.call("POST", f"{business.path}/knowledge/builds")
    while (failed := api("GET", f"/builds/{started['id']}").json())["finished_at"] is None:
        time.sleep(0.1)
    env = platform.function_env("admin")
    storage = Storage(env["BUCKET"], env["STORAGE_EMULATOR_HOST"], None, patience_s=4)
    storage.delete_prefix(build_prefix(business.id, first["id"]))
    for build, code in ((same, "unchanged"), (failed, "not_succeeded"), (first, "not_kept")):
        refused = api("POST", f"/builds/{build['id']}/publish")
        assert (refused.status_code, refused.json()["code"]) == (409, code)


def test_keys_and_tenants(api, business, new_business):
    """A reader may look and ask, a writer change; another business's key sees nothing of it."""
    build = business.build()
    reader, writer, stranger = business.key("read"), business.key("read", "write"), new_business().key("read", "write")
    publish = f"/builds/{build['id']}/publish"
    for method, path, body, wanted in (
        ("GET", "/golden", None, 200),
        ("POST", "/golden/run", {}, 200),
        ("GET", "/index", None, 200),
        ("PUT", "/golden", {"questions": QUESTIONS}, 403),
        ("POST", "/golden", {**QUESTIONS[0], "id": "more"}, 403),
        ("DELETE", "/golden/dog", None, 403),
        ("POST", publish, None, 403),
    ):
        assert api(method, path, body, key=reader).status_code == wanted, path
        assert api(method, path, body, key=stranger).status_code == 404, path
        assert api(method, path, body, key=writer).status_code < 300, path

"""One suite for all connectors: the real driver, real HTTP, each CRM's stand-in, and everything that goes wrong."""

import datetime as dt
import sys
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest

from local.stack.platform import ROOT
from local.stack.ports import free_ports
from local.stack.process import spawn
from local.stack.servers import answers_http
from shared.adapters.clock import SystemClock
from shared.adapters.crm.pace import CrmPace
from shared.adapters.crm.trials import CrmTrials, Trial
from shared.adapters.egress import EgressClient
from shared.crm.connector import Connector
from shared.crm.failure import CrmError
from shared.crm.flow import save_contact
from shared.crm.openapi_import import suggest
from shared.crm.wire import Steps
from shared.domain.crm import ConnectorName, Contact, CrmConfig, CustomRecord, Deal, Identity, Note

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
ANA = Contact("cp-ana", Identity("ana.lopez@example.com", "+34600111222"), "Ana Lopez")
# A kind of record beside contacts, deals and notes, where a CRM has such.
PETS: dict[str, tuple[str, dict[str, Any]]] = {
    "hubspot": ("p_pets", {"name": "Rex", "species": "dog"}),
    "salesforce": ("Pet__c", {"Name": "Rex", "Species__c": "Dog"}),
    "zoho": ("Pets", {"Name": "Rex", "Species": "dog"}),
    "http": ("pets", {"name": "Rex", "species": "dog"}),
}
STAND_INS = {"hubspot": "hubspot", "salesforce": "salesforce", "pipedrive": "pipedrive", "zoho": "zoho", "http": "shop"}


def account(name: str, base: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the settings and credentials of a connector for its stand-in at `base`."""
    zoho = {"client_id": "zo-client", "client_secret": "zo-secret", "refresh_token": "zo-refresh"}
    return {
        "hubspot": lambda: ({"base_url": base}, {"access_token": "pat-local"}),
        "salesforce": lambda: ({"domain_url": base}, {"client_id": "sf-client", "client_secret": "sf-secret"}),
        "pipedrive": lambda: ({"base_url": base, "accounts_url": base}, {"api_token": "pd-token"}),
        "zoho": lambda: ({"accounts_url": base, "api_url": base, "ref_field": "Chatbot_Ref"}, zoho),
        "http": lambda: (_imported(base), {"api_key": "shop-key"}),
    }[name]()


def _imported(base: str) -> dict[str, Any]:
    """Return the settings that the shop's own description of its API makes, with its pets added as an owner would."""
    drafted = suggest(httpx2.get(f"{base}/openapi.json", trust_env=False).json()).settings
    pets = {
        "save_record": {
            "method": "POST", "path": "/{{ record.object }}", "id": "pet.id",
            "body": {"name": "{{ record.values.name }}", "species": "{{ record.values.species }}",
                     "customer_id": "{{ contact_id }}", "reference": "{{ ref }}"},
        },
        "list_records": {
            "method": "GET", "path": "/pets", "query": {"customer_id": "{{ contact_id }}"}, "list": "pets", "id": "id",
        },
    }  # fmt: skip
    return {**drafted, "operations": {**drafted["operations"], **pets}}


def _has_objects(connector: Connector) -> Steps[bool]:
    """Return whether the CRM has records of other kinds; no step is needed to know that."""
    yield from ()
    return connector.has_objects


@dataclass
class World:
    """One connector, its stand-in, and a driver between them."""

    name: ConnectorName
    base: str
    egress: EgressClient
    http: httpx2.Client
    trials: CrmTrials = field(init=False)

    def __post_init__(self) -> None:
        self.later()

    def later(self) -> None:
        """Let every pause that the CRM asked for be over."""
        self.trials = CrmTrials(self.egress, CrmPace(None), SystemClock(), None, None)  # type: ignore[arg-type]

    def open(self) -> Trial:
        """Return an account that is ready for leads, as PUT /crm makes it."""
        settings, credentials = account(self.name, self.base)
        trial = self.trials.open("acme", CrmConfig(connector=self.name, settings=settings), credentials)
        prepared = trial.run(lambda one: one.prepare())
        config = CrmConfig(connector=self.name, settings={**settings, **prepared})
        return self.trials.open("acme", config, trial.credentials)

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """Call the stand-in's control plane."""
        answer = self.http.request(method, f"{self.base}/_{name}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def fault(self, kind: str, **fields: Any) -> None:
        """Let calls go wrong; one, if nothing else is said."""
        self.control("PUT", "faults", [{"kind": kind, **fields}])

    def save(self, contact: Contact = ANA, **fields: Any) -> Any:
        """Bring a contact into the CRM."""
        trial = fields.pop("trial", None) or self.open()
        return trial.run(lambda one: save_contact(one, contact, **fields))

    def tried(self, trial: Trial, steps_of: Any = lambda one: save_contact(one, ANA)) -> CrmError | None:
        """Run steps, by default those that bring a contact into the CRM; return what went wrong."""
        try:
            trial.run(steps_of)
        except CrmError as error:
            return error
        return None

    @property
    def contacts(self) -> list[dict[str, Any]]:
        """The people the CRM has."""
        found: list[dict[str, Any]] = self.control("GET", "records")["contacts"]
        return found


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory):
    """All stand-ins, in one process."""
    port = free_ports(1)[0]
    log = tmp_path_factory.mktemp("crm") / "crm.log"
    child = spawn("CRM stand-ins", [sys.executable, "-m", "local.crm", "--port", str(port)], log,
                  env={"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"})  # fmt: skip
    try:
        child.wait_until(lambda: answers_http(port, "/health"))
        yield port
    finally:
        child.stop()


@pytest.fixture(params=sorted(STAND_INS))
def world(request, stand_ins):
    """One connector and its stand-in, emptied."""
    egress = EgressClient([f"127.0.0.1:{stand_ins}"], 0.5)
    base = f"http://127.0.0.1:{stand_ins}/{STAND_INS[request.param]}"
    with httpx2.Client(timeout=20, trust_env=False) as http, closing(egress):
        found = World(request.param, base, egress, http)
        found.control("POST", "reset")
        yield found
        found.control("POST", "reset")


def test_nobody_is_found_in_an_empty_crm(world):
    """Not found is an answer, not a failure."""
    assert world.open().run(lambda one: one.find(ANA.identity)) == ()


def test_somebody_who_is_there_is_found_by_address_and_by_number(world):
    """A search finds the one person it is about."""
    known = {"email": ANA.identity.email, "phone": ANA.identity.phone, "name": ANA.name}
    there = world.control("POST", "contacts", known)
    trial = world.open()
    for identity in (ANA.identity, Identity(phone="+34600111222")):
        found = trial.run(lambda one, identity=identity: one.find(identity))
        assert [record.id for record in found] == [str(there["id"])]
    assert trial.run(lambda one: one.find(Identity("somebody.else@example.com"))) == ()


def test_a_new_person_is_made_once(world):
    """Delivered twice, with the search index lagging behind, a person is there once, with what they told."""
    first = world.save()
    world.control("PUT", "settings", {"search_lag_s": 60})
    again = world.save(since=NOW)
    assert first.created
    assert again.id == first.id
    [contact] = world.contacts
    assert (contact["email"], contact["phone"]) == (ANA.identity.email, ANA.identity.phone)
    assert "Ana" in contact["name"]


def test_a_person_who_is_there_is_adopted_and_only_filled(world):
    """What the CRM knows already stays as it is; what is empty there is filled in."""
    there = world.control("POST", "contacts", {"email": ANA.identity.email, "phone": "", "name": "Dr Ana López"})
    saved = world.save()
    assert (saved.id, saved.created) == (str(there["id"]), False)
    [contact] = world.contacts
    assert contact["name"] == "Dr Ana López"
    assert contact["phone"] == ANA.identity.phone


def test_a_deal_and_a_note_are_linked_to_their_contact_once(world):
    """Both are there once and belong to the person, also when they are delivered twice."""
    trial = world.open()
    saved = world.save(trial=trial)
    deal = Deal("cp-deal", "Ana Lopez: quote", saved.id, 1500.0)
    for since in (None, NOW):
        made = trial.run(lambda one, since=since: one.save_deal(deal, since))
        note = Note("cp-note", "Ana asked for a quote.", saved.id, NOW, made.id)
        trial.run(lambda one, since=since, note=note: one.save_note(note, since))
    records = world.control("GET", "records")
    assert [(item["title"], item["contacts"]) for item in records["deals"]] == [("Ana Lopez: quote", [saved.id])]
    assert [item["contacts"] for item in records["notes"]] == [[saved.id]]
    assert "quote" in records["notes"][0]["text"]


@pytest.mark.parametrize("kind", ["", "lost", "drop", "unavailable", "malformed"])
def test_a_record_of_a_custom_object_is_made_once_and_linked(world, kind):
    """Whatever became of the first call, it is there once, belongs to the person and holds what the texts quote."""
    trial = world.open()
    owner = world.save(trial=trial)
    if world.name not in PETS:
        assert not trial.run(_has_objects)
        return
    assert trial.run(_has_objects)
    name, values = PETS[world.name]
    record = CustomRecord("cp-rex", name, values, owner.id)
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30)
    if kind:
        where = {"path": "(?i)pets?(__c)?(/|$)", "times": 3, "seconds": 0.1}
        world.control("PUT", "faults", [{"kind": kind, "method": method, **where} for method in ("POST", "PATCH")])
    failed = world.tried(trial, lambda one: one.save_record(record, None))
    assert failed is None or (kind and failed.passing), failed
    assert any(call["fault"] == kind for call in world.control("GET", "calls")["calls"])
    world.control("DELETE", "faults")
    world.later()
    saved = world.open().run(lambda one: one.save_record(record, begun))
    again = world.open().run(lambda one: one.save_record(record, begun))
    [there] = world.control("GET", "records")["objects"]
    assert (there["id"], there["object"], there["contacts"]) == (again.id, name, [owner.id])
    assert (saved.id, again.created) == (again.id, False)
    assert values.items() <= there["values"].items()


@pytest.mark.parametrize("kind", ["lost", "drop", "unavailable", "error", "malformed", "limited"])
def test_a_passing_failure_is_told_as_one_and_the_repeat_makes_no_second(world, kind):
    """Whether the write was applied or not: after the repeat there is one person."""
    trial = world.open()
    world.control("PUT", "settings", {"search_lag_s": 60})
    world.fault(kind, method="POST", path="(?i)(contact|person|customer|upsert)", times=3, seconds=0.1)
    failed = world.tried(trial)
    assert failed is None or failed.passing, (failed.category, failed.detail)
    world.control("DELETE", "faults")
    world.later()
    world.save(since=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30))
    assert len(world.contacts) == 1


def test_too_many_calls_are_told_with_when_to_come_back(world):
    """A limit is passing, and never asked again at once."""
    trial = world.open()
    world.fault("limited", times=None, path="^(?!.*token)")
    with pytest.raises(CrmError) as caught:
        world.save(trial=trial)
    assert caught.value.category == "limited"


def test_a_crm_that_is_slow_or_down_is_unavailable(world):
    """Both end within the deadline, and both are tried again later."""
    trial = world.open()
    world.fault("hang", times=None, seconds=0.7)
    with pytest.raises(CrmError) as caught:
        world.save(trial=trial)
    assert caught.value.category == "unavailable"


def test_a_refused_value_is_final_and_names_no_value(world):
    """What the CRM does not take is not tried again, and the reason does not repeat what the visitor said."""
    trial = world.open()
    world.fault("refused", method="POST", times=None)
    with pytest.raises(CrmError) as caught:
        world.save(replace(ANA, identity=Identity("ana.lopez@example.com")), trial=trial)
    assert not caught.value.passing
    assert "ana.lopez" not in caught.value.detail


def test_a_missing_permission_is_final(world):
    """It takes the owner to put that right."""
    trial = world.open()
    world.fault("forbidden", times=None)
    with pytest.raises(CrmError) as caught:
        world.save(trial=trial)
    assert caught.value.category in ("forbidden", "unauthorised")


def test_everything_works_with_good_credentials(world):
    """The check of a ready account finds nothing wrong."""
    checks = world.open().run(lambda one: one.check())
    assert checks
    assert [check for check in checks if not check.ok] == []


def test_expired_tokens_are_renewed(world):
    """A token that has ended is no reason to lose a lead; one that cannot be renewed is told to the owner."""
    trial = world.open()
    trial.run(lambda one: one.find(ANA.identity))
    world.control("POST", "expire")
    failed = world.tried(trial)
    if failed is None:
        assert len(world.contacts) == 1
    else:
        assert failed.category == "unauthorised"
        assert world.name in ("hubspot", "pipedrive", "http"), "only credentials that are a token cannot be renewed"

"""The ports of the engine in memory: no server, no model, no time that passes by itself."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from shared.adapters.sessions.memory_store import MemorySessions
from shared.domain.budget import Spent
from shared.domain.crm import CrmConfig, Found, Identity
from shared.domain.errors import NotFound
from shared.domain.events import Event, Talk
from shared.domain.fields import FieldValue
from shared.domain.knowledge import Asked, Passage, Space
from shared.domain.knowledge import Found as FoundPassages
from shared.domain.message import Message
from shared.domain.outbox import OutboxEntry
from shared.domain.prompt import ModelChunk, Prompt
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.turn import Delta, Finished, Started, TurnEvent
from shared.engine.answer import answer
from shared.ports import Opened, Opening, OpenRequest, Ports, Vector, Versions
from tests.unit.samples import a_message, a_passage, a_tenant

Step = str | ModelChunk | Exception | None
"""What a scripted stream does next: say, fail, or (None) stay silent for as long as it is waited for."""


class ManualClock:
    """A clock that moves when somebody sleeps on it or moves it. `while_asleep` runs with every sleep."""

    def __init__(self, start: dt.datetime = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)) -> None:
        self._start = start
        self.elapsed = 0.0
        self.while_asleep: Callable[[], object] = lambda: None

    def now(self) -> dt.datetime:
        """See `Clock.now`."""
        return self._start + dt.timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        self.elapsed += seconds
        self.while_asleep()


class MemoryTenants:
    """Businesses by id. `newer` is what a refresh finds; `trouble` is raised by one."""

    def __init__(self, *tenants: Tenant) -> None:
        self._tenants = {tenant.id: tenant for tenant in tenants}
        self.newer: Tenant | None = None
        self.trouble: Exception | None = None

    def get(self, business_id: str) -> Tenant:
        """See `Tenants.get`."""
        if business_id not in self._tenants:
            raise NotFound("There is no such business.")
        return self._tenants[business_id]

    def at_least(self, tenant: Tenant, version: int | None) -> Tenant:
        """See `Tenants.at_least`."""
        if self.trouble:
            raise self.trouble
        return self.newer if self.newer and version and version > tenant.version else tenant


class ScriptedStream:
    """One model call, played from a script."""

    def __init__(self, steps: Iterable[Step], clock: ManualClock) -> None:
        self._steps = iter(steps)
        self._clock = clock
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.closed = True

    def next(self, wait_s: float) -> ModelChunk | None:
        """See `ModelStream.next`."""
        step = next(self._steps)
        if isinstance(step, Exception):
            raise step
        if step is None:
            self._clock.elapsed += wait_s
            return None
        return ModelChunk(step) if isinstance(step, str) else step


class ScriptedModel:
    """Plays one script a call, in order; an Exception in place of a script is raised by the call itself."""

    def __init__(self, clock: ManualClock, scripts: Sequence[Sequence[Step] | Exception]) -> None:
        self._clock = clock
        self._scripts = list(scripts)
        self.prompts: list[Prompt] = []
        self.streams: list[ScriptedStream] = []
        self.embedded: list[list[str]] = []
        self.embedding_trouble: Exception | None = None

    def stream(self, prompt: Prompt) -> ScriptedStream:
        """See `Model.stream`."""
        self.prompts.append(prompt)
        script = self._scripts.pop(0)
        if isinstance(script, Exception):
            raise script
        self.streams.append(ScriptedStream(script, self._clock))
        return self.streams[-1]

    def embed_queries(self, texts: Sequence[str], space: Space | None = None) -> list[Vector]:  # noqa: ARG002
        """See `Model.embed_queries`."""
        if self.embedding_trouble:
            raise self.embedding_trouble
        self.embedded.append(list(texts))
        return [[1.0, 0.0] for _ in texts]


class MemoryIndex:
    """An index that finds the same passages for every question."""

    shared = False
    intents = None
    space = Space("fake", 2)

    def __init__(self, passages: Sequence[Passage], trouble: Exception | None = None) -> None:
        self._passages = list(passages)
        self._trouble = trouble
        self.likelihood: float | None = None
        self.asked: list[Asked] = []
        self.urls = frozenset(passage.chunk.url for passage in passages)

    def search(self, asked: Asked, count: int) -> FoundPassages:
        """See `Index.search`."""
        if self._trouble:
            raise self._trouble
        self.asked.append(asked)
        return FoundPassages(tuple(self._passages[:count]), self.likelihood)


class MemoryKnowledge:
    """One index for everybody, or none, or trouble."""

    def __init__(self, index: MemoryIndex | None, trouble: Exception | None = None) -> None:
        self._index = index
        self._trouble = trouble
        self.asked: list[tuple[str, str | None, bool]] = []

    def index(self, business_id: str, build: str | None, *, use_default: bool) -> MemoryIndex | None:
        """See `Knowledge.index`."""
        self.asked.append((business_id, build, use_default))
        if self._trouble:
            raise self._trouble
        return self._index


class AnnouncingSessions(MemorySessions):
    """Memory sessions that also tell what Redis would: current versions, and whether Redis is away."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock.monotonic)
        self.versions = Versions()
        self.degraded = False

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """See `Sessions.open`."""
        opening = super().open(business_id, request)
        if isinstance(opening, Opened):
            return replace(opening, versions=self.versions, degraded=self.degraded)
        return opening


class MemoryDesk:
    """Calls for a person, in a list. `trouble` is raised by a request, `told` is what a delivery returns."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.delivered: list[tuple[str, str, dict[str, Any]]] = []
        self.trouble: Exception | None = None
        self.told = True

    def request(self, business_id: str, handoff_id: str, session_id: str, reason: str, payload: dict[str, Any]) -> None:
        """See `Desk.request`."""
        if self.trouble:
            raise self.trouble
        self.requests.append({"kept_as": (business_id, handoff_id, session_id, reason), **payload})

    def deliver(self, business_id: str, handoff_id: str, webhook_url: str | None, payload: dict[str, Any]) -> bool:
        """See `Desk.deliver`."""
        self.delivered.append((business_id, handoff_id, payload))
        return self.told and bool(webhook_url)


class MemoryVisitors:
    """Verified visitors by business and id."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Mapping[str, FieldValue]] = {}
        self.languages: dict[tuple[str, str], str] = {}

    def load(self, business_id: str, user_id: str) -> Mapping[str, FieldValue]:
        """See `Visitors.load`."""
        return self.known.get((business_id, user_id), {})

    def save(self, business_id: str, user_id: str, fields: Mapping[str, FieldValue], language: str) -> None:
        """See `Visitors.save`."""
        self.known[business_id, user_id] = {**self.load(business_id, user_id), **fields}
        self.languages[business_id, user_id] = language


class MemoryOutbox:
    """Keeps what is handed over, by business and key. `trouble` is raised by it."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], OutboxEntry] = {}
        self.trouble: Exception | None = None

    def add(self, business_id: str, entries: Sequence[OutboxEntry]) -> None:
        """See `Outbox.add`."""
        if self.trouble:
            raise self.trouble
        self.entries |= {(business_id, entry.key): entry for entry in entries}


class MemoryJournal:
    """Keeps what happened, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.talks: list[Talk] = []

    def keep(self, tenant: Tenant, events: Sequence[Event], talk: Talk | None = None) -> None:  # noqa: ARG002
        """See `Journal.keep`."""
        self.events += events
        self.talks += [talk] if talk else []


class MemorySpending:
    """What businesses have spent, by id."""

    def __init__(self) -> None:
        self.by_business: dict[str, Spent] = {}
        self.asked = 0

    def spent(self, tenant: Tenant) -> Spent:
        """See `Spending.spent`."""
        self.asked += 1
        return self.by_business.get(tenant.id, Spent())


class MemoryDirectory:
    """A CRM's people: by address or number, what a look-up finds. `trouble` is raised by it."""

    def __init__(self) -> None:
        self.people: dict[str, Found] = {}
        self.asked: list[tuple[str, Identity, str]] = []
        self.trouble: Exception | None = None

    def look_up(self, business_id: str, crm: CrmConfig, identity: Identity, person: str) -> Found:  # noqa: ARG002
        """See `Directory.look_up`."""
        self.asked.append((business_id, identity, person))
        if self.trouble:
            raise self.trouble
        return self.people.get(identity.email or identity.phone, Found(False))


@dataclass
class World:
    """Everything around the engine, and a visitor who asks."""

    tenant: Tenant = field(default_factory=a_tenant)
    scripts: Sequence[Sequence[Step] | Exception] = (("It costs 95 pounds [1].",),) * 9
    passages: Sequence[Passage] = (a_passage(1), a_passage(2))
    index_trouble: Exception | None = None
    knowledge_trouble: Exception | None = None

    def __post_init__(self) -> None:
        self.clock = ManualClock()
        self.tenants = MemoryTenants(self.tenant)
        self.sessions = AnnouncingSessions(self.clock)
        self.model = ScriptedModel(self.clock, self.scripts)
        self.index = MemoryIndex(self.passages, self.index_trouble)
        self.knowledge = MemoryKnowledge(self.index, self.knowledge_trouble)
        self.desk, self.visitors, self.outbox = MemoryDesk(), MemoryVisitors(), MemoryOutbox()
        self.directory, self.journal, self.spending = MemoryDirectory(), MemoryJournal(), MemorySpending()
        self.ports = Ports(
            tenants=self.tenants, sessions=self.sessions, knowledge=self.knowledge, model=self.model, clock=self.clock,
            directory=self.directory, desk=self.desk, visitors=self.visitors, outbox=self.outbox,
            journal=self.journal, spending=self.spending,
        )  # fmt: skip

    def start(self, message: Message) -> Iterator[TurnEvent]:
        """Return the turn's iterator, not begun."""
        return answer(message, self.ports)

    def ask(self, text: str = "What does a service cost?", message_id: str = "m-1", **fields: Any) -> "Heard":
        """Let the visitor ask and listen to the end."""
        return Heard(list(self.start(a_message(text, message_id, **fields))))

    def session(self, session_id: str = "s-1") -> Session:
        """Return the stored session."""
        found = self.sessions.read("acme", session_id)
        assert found is not None
        return found

    def is_locked(self, session_id: str = "s-1") -> bool:
        """Say whether a further message would have to wait (opens and unlocks when it would not)."""
        opening = self.sessions.open("acme", OpenRequest(session_id, "probe", ()))
        if isinstance(opening, Opened):
            self.sessions.unlock("acme", session_id, opening.lock)
            return False
        return True


@dataclass
class Heard:
    """The events of one turn, as its visitor got them."""

    events: list[TurnEvent]

    @property
    def started(self) -> Started:
        """The first event."""
        first = self.events[0]
        assert isinstance(first, Started)
        return first

    @property
    def answer(self) -> dict[str, Any]:
        """The whole answer, of the last event."""
        last = self.events[-1]
        assert isinstance(last, Finished)
        return last.answer

    @property
    def html(self) -> str:
        """The deltas, joined."""
        return "".join(event.html for event in self.events if isinstance(event, Delta))

    @property
    def text(self) -> str:
        """The final reply as plain text."""
        text: str = self.answer["reply"]["text"]
        return text

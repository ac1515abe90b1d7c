"""What the engine needs from the outside world. Adapters implement these; tests hand in their own."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from shared.domain.budget import Spent
from shared.domain.crm import CrmConfig, Found, Identity
from shared.domain.events import Event, Talk
from shared.domain.fields import FieldValue
from shared.domain.knowledge import Asked, Space
from shared.domain.knowledge import Found as FoundPassages
from shared.domain.limits import RateLimit
from shared.domain.outbox import OutboxEntry
from shared.domain.prompt import ModelChunk, Prompt
from shared.domain.session import Session
from shared.domain.tenant import Tenant
from shared.domain.understanding import IntentMatch

Vector = list[float]


@dataclass(frozen=True)
class Versions:
    """What is current for a business, as seen with the opening of a turn. None: not known right now."""

    config: int | None = None
    build: str | None = None


class Tenants(Protocol):
    """Active businesses, cached per instance."""

    def get(self, business_id: str) -> Tenant:
        """Return the business, from memory when it is fresh enough.

        Raises:
            NotFound: unknown or deleted.
            DatabaseUnavailable: not cached, and the database is down.
        """
        ...

    def at_least(self, tenant: Tenant, version: int | None) -> Tenant:
        """Return `tenant`, read anew when `version` is above its own; `tenant` itself while the database is down."""
        ...


@dataclass(frozen=True)
class Embedded:
    """A visitor's message and its unit vector, which is only worth anything in its space."""

    text: str
    space: Space
    vector: Vector


@dataclass(frozen=True)
class OpenRequest:
    """What opening a turn needs: whose message, and which limits it counts against (name -> limit).

    `text` is the message: its embedding comes with the session when the business was asked the same today. "": none.
    """

    session_id: str
    message_id: str
    limits: tuple[tuple[str, RateLimit], ...]
    text: str = ""


@dataclass(frozen=True)
class Opened:
    """The turn may run. `lock` releases the session; `session` is None for a new one.

    `embedded`: the message, when an earlier turn of the business left its embedding behind.
    """

    session: Session | None
    lock: str
    versions: Versions
    remaining: int
    reset_s: float
    degraded: bool = False
    embedded: Embedded | None = None


@dataclass(frozen=True)
class Replayed:
    """This message was answered before: `answer` is what was said."""

    answer: dict[str, Any]


@dataclass(frozen=True)
class Limited:
    """A limit is used up; `reset_s` seconds until one more message fits."""

    limit: RateLimit
    reset_s: float


@dataclass(frozen=True)
class Busy:
    """Another message of the same session is being answered."""


Opening = Opened | Replayed | Limited | Busy


class Sessions(Protocol):
    """Conversations with a time to live. One round trip opens a turn, one closes it."""

    def open(self, business_id: str, request: OpenRequest) -> Opening:
        """Check the limits, look for the stored answer, lock the session and read it: atomically."""
        ...

    def close(
        self,
        business_id: str,
        session: Session,
        *,
        lock: str,
        ttl_s: int,
        answer: dict[str, Any] | None,
        embedded: Embedded | None = None,
    ) -> bool:
        """Write the session and unlock it; False when the lock was lost.

        `answer` is kept for a repeat of the last turn's message; None when that is to be answered anew. `embedded` is
        kept for a day, for whoever asks the business the same.
        """
        ...

    def unlock(self, business_id: str, session_id: str, lock: str) -> None:
        """Give the session back unchanged."""
        ...

    def read(self, business_id: str, session_id: str) -> Session | None:
        """Return a session, None when there is none."""
        ...

    def erase(self, business_id: str, session_id: str) -> object:
        """Forget a session and its stored answers.

        Raises:
            Unavailable: it cannot be told whether everything is gone.
        """
        ...


class IntentMatcher(Protocol):
    """Knows a business's intents by their examples."""

    def match(self, vector: Sequence[float]) -> IntentMatch:
        """Return the intent of a message by the embedding that retrieval made of it, and the best candidates."""
        ...


class Index(Protocol):
    """One business's searchable knowledge, whole and unchanging."""

    shared: bool
    urls: frozenset[str]

    @property
    def space(self) -> Space:
        """Of its vectors: what a question to it must be embedded with."""
        ...

    @property
    def intents(self) -> IntentMatcher | None:
        """The intents as they were when this was built; None: built before there were any."""
        ...

    def search(self, asked: Asked, count: int) -> FoundPassages:
        """Return the best passages, `count` at most, and how likely an answer is among them."""
        ...


class Knowledge(Protocol):
    """Indexes by business, kept in memory per build."""

    def index(self, business_id: str, build: str | None, *, use_default: bool) -> Index | None:
        """Return the business's index, else the platform's default when allowed, else None.

        Raises:
            StorageUnavailable: it cannot be had now and no earlier one is in memory.
        """
        ...


class ModelStream(Protocol):
    """A running answer."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None:
        """Stop the call if it is still running."""
        ...

    def next(self, wait_s: float) -> ModelChunk | None:
        """Return the next chunk, None when none came within `wait_s` seconds.

        Raises:
            StopIteration: the answer is complete.
            ModelUnavailable: the call failed; nothing more will come.
        """
        ...


class Model(Protocol):
    """The language model and its embeddings."""

    def stream(self, prompt: Prompt) -> ModelStream:
        """Start answering; retries what is worth retrying until the first token is there."""
        ...

    def embed_queries(self, texts: Sequence[str], space: Space | None = None) -> list[Vector]:
        """Return one unit vector per question, in the space of the index it is put to; None: that of new builds.

        Raises:
            ModelUnavailable: the embedding service did not answer in time.
        """
        ...


class Desk(Protocol):
    """Where people of a business are called to a conversation."""

    def request(self, business_id: str, handoff_id: str, session_id: str, reason: str, payload: dict[str, Any]) -> None:
        """Keep the request; with the id of an earlier one its payload is replaced.

        Raises:
            DatabaseUnavailable: nothing is kept.
        """
        ...

    def deliver(self, business_id: str, handoff_id: str, webhook_url: str | None, payload: dict[str, Any]) -> bool:
        """Tell the business by its webhook; whether it took it. Waits a few seconds at most and never raises."""
        ...


class Visitors(Protocol):
    """What is known of people whose identity their business vouches for, across sessions and devices."""

    def load(self, business_id: str, user_id: str) -> Mapping[str, FieldValue]:
        """Return the fields of a person, none for a new one or while the database is away."""
        ...

    def save(self, business_id: str, user_id: str, fields: Mapping[str, FieldValue], language: str) -> None:
        """Keep these fields beside those known before; never raises, the session has them too."""
        ...


class Outbox(Protocol):
    """Where leads wait for the CRM."""

    def add(self, business_id: str, entries: Sequence[OutboxEntry]) -> object:
        """Keep all of these; one whose key is there already is replaced.

        Raises:
            DatabaseUnavailable: none is kept.
        """
        ...


class Journal(Protocol):
    """Where what happened is written down, for analytics and for the owner to read."""

    def keep(self, tenant: Tenant, events: Sequence[Event], talk: Talk | None = None) -> None:
        """Keep events, each once however often it comes, and the conversation with its latest turn.

        Never raises and takes one round trip; what the database does not take now is tried with the next.
        """
        ...


class Spending(Protocol):
    """What businesses have spent, known without asking the database for each turn."""

    def spent(self, tenant: Tenant) -> Spent:
        """Return what was spent in the running month and day, at most a minute old; nothing for one without a budget.

        Never raises: while the database is away it is what was known last, and what this process spent since.
        """
        ...


class Directory(Protocol):
    """The business's CRM, to look a visitor up in. It changes nothing there."""

    def look_up(self, business_id: str, crm: CrmConfig, identity: Identity, person: str) -> Found:
        """Return whether there is a contact with this address or number.

        Args:
            business_id: whose CRM.
            crm: its configuration.
            identity: the address or number the visitor gave.
            person: the visitor's verified id at the business, "" none: only then are values told, and only of the
                contact that holds this id.

        Raises:
            Unavailable: no answer within a few seconds, or not one that helps.
        """
        ...


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> dt.datetime:
        """Return the aware time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@dataclass(frozen=True)
class Senses:
    """What thinking needs: nothing of it can change anything."""

    knowledge: Knowledge
    model: Model
    clock: Clock
    directory: Directory


@dataclass(frozen=True, kw_only=True)
class Ports(Senses):
    """Everything a turn may touch."""

    tenants: Tenants
    sessions: Sessions
    desk: Desk
    visitors: Visitors
    outbox: Outbox
    journal: Journal
    spending: Spending

"""Clients of the shared servers for the tests of the stores, and servers of a test's own."""

import uuid
from functools import partial

import pytest
import redis

from local.stack.servers import BUCKET
from shared.adapters.egress import EgressClient
from shared.adapters.postgres.connect import connect_by_url
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.personal import Sealing
from shared.adapters.sessions.fallback_store import FallbackSessions
from shared.adapters.sessions.memory_store import MemorySessions
from shared.adapters.sessions.redis_store import RedisSessions, connect
from shared.adapters.storage import Storage
from tests.stores.connections import Opener
from tests.stores.conversations import ManualClock, World
from tests.stores.hostile import hostile_server
from tests.stores.indexes import Instance
from tests.stores.model_calls import ANSWER, adapter
from tests.stores.own_database import migrated_database
from tests.stores.own_servers import own_storage, own_valkey
from tests.stores.rows import SEALING


@pytest.fixture
def business():
    """An id that no other test uses."""
    return f"store-{uuid.uuid4().hex[:12]}"


@pytest.fixture(params=["sealed", "in clear"])
def sealing(request):
    """How personal data is kept: both forms must do the same."""
    return Sealing(SEALING.vault, on=request.param == "sealed")


@pytest.fixture
def redis_client(servers):
    """The shared Redis, through the client the product makes."""
    client = connect(servers.function_env("chat")["REDIS_URL"])
    yield client
    client.close()


@pytest.fixture
def own_redis():
    """A Redis of this test's own."""
    with own_valkey() as server:
        yield server


@pytest.fixture
def own_client(own_redis):
    """A client of the test's own Redis, as the product makes it."""
    client: redis.Redis = connect(f"redis://127.0.0.1:{own_redis.port}/0")
    yield client
    client.close()


@pytest.fixture(params=["memory", "redis", "fallback_on_redis", "fallback_without_redis"])
def world(request):
    """Every store of sessions; with the memory ones a test need not wait for time to pass."""
    clock = ManualClock()
    memory = MemorySessions(clock)
    if request.param == "memory":
        return World(memory, clock, clock.sleep)
    if request.param == "fallback_without_redis":
        return World(FallbackSessions(None, memory, clock), clock, clock.sleep)
    primary = RedisSessions(request.getfixturevalue("redis_client"))
    if request.param == "redis":
        return World(primary)
    return World(FallbackSessions(primary, MemorySessions()))


@pytest.fixture
def opener(servers):
    """Opens connections as the admin function does."""
    return Opener(servers.function_env("admin")["DATABASE_URL"])


@pytest.fixture
def pool(opener):
    """A pool of one connection."""
    database = Database(opener, size=1)
    yield database
    database.close()


@pytest.fixture
def own_database(servers):
    """The URL of a migrated database in which a job meets no other test's businesses."""
    return migrated_database(servers)


@pytest.fixture
def alone(own_database):
    """A pool of that database."""
    database = Database(connect_by_url(own_database, "test"), size=2)
    yield database
    database.close()


@pytest.fixture(scope="session")
def own_bucket_server():
    """An object storage for these tests alone: its default index is nobody else's."""
    with own_storage() as server:
        yield server


@pytest.fixture
def storage(own_bucket_server):
    """The bucket of the object storage for these tests alone."""
    return Storage(BUCKET, f"http://127.0.0.1:{own_bucket_server.port}", None, patience_s=4)


@pytest.fixture
def hostile():
    """A web server whose paths misbehave as the test says."""
    with hostile_server() as server:
        yield server


@pytest.fixture
def egress(hostile):
    """The crawler's client, allowed to reach that server."""
    client = EgressClient(allow=[f"127.0.0.1:{hostile.port}"], timeout_s=2.0)
    yield client
    client.close()


@pytest.fixture
def make(own_bucket_server):
    """Makes readers as instances of a function have them."""
    return partial(Instance, own_bucket_server.port)


@pytest.fixture
def instance(make):
    """The reader of one instance."""
    return make()


@pytest.fixture(scope="module")
def model(_gemini):
    """The Gemini adapter, speaking to the stand-in."""
    with adapter(_gemini.ports.gemini) as opened:
        yield opened


@pytest.fixture
def service(stand_in):
    """The stand-in, answering as fast as it can with one long answer."""
    stand_in.control(tokens_per_second=None, script=[{"text": ANSWER}] * 3)
    return stand_in

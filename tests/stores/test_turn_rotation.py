"""Turns come under a new platform key, many a business, some at a time; what no key opens is told and left alone."""

import subprocess
import sys
import uuid
from dataclasses import replace

import pytest

from local.stack.platform import ROOT
from shared.adapters.postgres.history import HistoryStore
from shared.adapters.postgres.journal import PURPOSE, JournalStore
from shared.adapters.postgres.personal import Sealing
from shared.adapters.postgres.rotation import SealedTurns
from shared.adapters.vault import Vault
from tests.stores.test_journal import SECRET, a_talk, a_turn
from tests.stores.test_traces import a_talk as of_session
from tests.unit.samples import a_tenant

OLD, NEW, LOST = "o" * 40, "n" * 40, "l" * 40


@pytest.fixture
def shops(pool):
    """Two businesses with twelve turns each, sealed by the old key, one of them with one that nobody opens."""
    names = [f"keys-{uuid.uuid4().hex[:10]}" for _ in range(2)]
    for name in names:
        with pool.platform() as tx:
            tx.run('INSERT INTO businesses (id, config) VALUES (%s, \'{"name": "Shop"}\')', name)
        journal = JournalStore(pool, Vault([OLD]))
        for number in range(12):
            journal.keep(replace(a_tenant(), id=name), [a_turn(number)], a_talk(number))
    lost = JournalStore(pool, Vault([LOST]))
    lost.keep(replace(a_tenant(), id=names[0]), [], of_session("lost"))
    yield names
    with pool.platform() as tx:
        tx.run("DELETE FROM businesses WHERE id = ANY(%s)", names)


def turns(pool):
    """Return what rotates from the old key to the new one."""
    return SealedTurns(pool, Vault([NEW, OLD]), PURPOSE)


def texts(pool, keys, business_id):
    """Return what these keys open of a business's conversation."""
    return [turn.question for turn in past(pool, keys).turns(business_id, "s-1") if turn.readable]


def past(pool, keys):
    """Return the conversations, opened by these keys."""
    return HistoryStore(pool, Sealing(Vault(keys), on=True))


@pytest.mark.parametrize("batch", [11, 500])
def test_every_turn_comes_under_the_newest_key(pool, shops, batch):
    """In batches of any size; the old key is not needed afterwards, and a second time changes nothing."""
    both = turns(pool)
    assert texts(pool, [NEW], shops[0]) == []
    done = both.rotate(batch)
    assert done.rewrapped >= 24
    assert shops[0] in done.unreadable
    assert shops[1] not in done.unreadable
    for name in shops:
        assert texts(pool, [NEW], name) == [SECRET] * 12
    assert both.rotate(batch).rewrapped == 0


def test_what_no_key_opens_stays_as_it_was(pool, shops):
    """Its key may be found again."""
    turns(pool).rotate()
    [turn] = past(pool, [LOST]).turns(shops[0], "lost")
    assert (turn.readable, turn.question) == (True, "secret")
    [turn] = past(pool, [NEW]).turns(shops[0], "lost")
    assert (turn.readable, turn.question) == (False, "")


def test_the_job_rotates_turns_too(pool, servers, shops):
    """As the operator runs it; it names the business whose turns no key opens."""
    env = {"DATABASE_URL": servers.function_env("admin")["DATABASE_URL"], "SECRETS_KEY": f"{NEW},{OLD}"}
    done = subprocess.run(
        [sys.executable, "-m", "shared.jobs.rotate_secrets"], cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "sealed values brought under the newest key" in done.stdout, done.stderr
    assert shops[0] in done.stderr
    assert texts(pool, [NEW], shops[1]) == [SECRET] * 12

"""Re-embedding: what is of another space gets a build, beside the index that goes on answering in its own."""

import subprocess
import sys

import pytest

from shared.adapters.postgres.businesses import BusinessStore
from tests.architecture.source import ROOT
from tests.stores.builds import Builder, ended
from tests.stores.rows import ACTOR, config


@pytest.fixture
def builder(servers, stand_in, database, business):
    """A business with an index; the stand-in embeds."""
    assert stand_in
    made = Builder(servers, database, business)
    yield made
    made.close()


def told(builder, *arguments: str, **env: str) -> list[str]:
    """Run the command and return its lines."""
    done = subprocess.run(
        [sys.executable, "-m", "shared.jobs.reembed", *arguments],
        cwd=ROOT, env={**builder.env, "PYTHONPATH": str(ROOT), **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.stdout.splitlines()


def test_an_index_of_another_space_is_queued_once(builder, business):
    """A dry run tells; the run queues a build, and a second one finds it waiting."""
    builder.publish("We are open on Sundays.")
    space = {"EMBEDDING_DIMENSIONS": "256"}
    assert told(builder, "--business", business)[-1].startswith("0 of 1 indexes")
    dry = told(builder, "--business", business, "--dry-run", **space)
    assert dry[0].endswith("1 chunks: would be built anew")
    assert builder.builds.list_of(business, 5) == []
    queued = told(builder, "--business", business, **space)
    (build,) = builder.builds.list_of(business, 5)
    assert queued[0].endswith(f"queued {build.id}")
    assert (build.status, build.requested_by) == ("queued", "platform:reembed")
    assert "waiting or running already" in told(builder, "--business", business, **space)[0]


def test_all_businesses_are_looked_at(builder, database, business):
    """Those without an index are told of and left alone."""
    BusinessStore(database).create(f"{business}-2", config(), ACTOR)
    builder.publish("We are open on Sundays.")
    lines = told(builder, "--all", "--dry-run", EMBEDDING_DIMENSIONS="256")
    assert f"{business}-2: no index" in lines
    assert any(line.startswith(f"{business}: ") and line.endswith("would be built anew") for line in lines)


def test_the_old_index_answers_until_the_new_one_is_whole(builder, business):
    """Questions are embedded in the space of the index that answers, whatever new builds are embedded with."""
    builder.add_text("A full service costs 95 pounds and takes two hours. Coffee is included.", "Prices")
    first, code, log = builder.run()
    assert code == 0, log
    builder.env = {**builder.env, "EMBEDDING_DIMENSIONS": "256"}
    before = builder.index()
    assert before.space.dimensions == 768
    told(builder, "--business", business)
    (queued, _) = builder.builds.list_of(business, 5)
    process = builder.start(queued.id)
    log = ended(process)
    assert process.returncode == 0, log
    after = builder.index()
    assert (after.manifest.build_id, after.space.dimensions) == (queued.id, 256)
    assert after.intents is not None
    assert after.intents.matrix.shape[1] == 256
    assert after.manifest.previous == (first.id,)

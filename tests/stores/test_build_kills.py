"""A build that is killed at ten points: visitors always have one whole index, and the next build finishes the work."""

import datetime as dt
import os
import random
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from local.stack.platform import ROOT
from shared.adapters.knowledge.memory import StoredMemory
from shared.adapters.postgres.build_queue import SILENT_AFTER_S
from shared.adapters.storage import Storage
from shared.config import Settings
from shared.domain.knowledge import Space
from shared.domain.pages import vector_key
from tests.stores.builds import Builder, wait_until
from tests.stores.hostile import HostileServer, response
from tests.stores.rows import raw

PAGES = 60
KILLS = 10
WORDS = (ROOT / "local/demo/facts.md").read_text().split()
# Starts the real entry point in a process of its own each time, with what it imports imported already: fifteen starts
# would take longer than all builds. Checkpoints come every tenth of a second, for the test has no minutes.
STARTER = """
import os, sys, traceback
import faiss, google.genai, numpy, bm25s
from shared.adapters.knowledge import memory
from shared.jobs.build_knowledge import main

memory.CHECKPOINT_S = 0.1
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        try:
            sys.argv = ["build", *line.split()]
            code = main()
        except BaseException:
            traceback.print_exc()
            code = 2
        sys.stderr.flush()
        os._exit(code)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Site:
    """A website of sixty pages, each different; `edition` is on every page."""

    def __init__(self, server):
        self.server = server
        self.edition = 1
        links = "".join(f'<a href="/{number}">page {number}</a> ' for number in range(1, PAGES))
        for number in range(PAGES):
            self.server.paths[f"/{number or ''}"] = self._page(number, links if number == 0 else "")

    def _page(self, number, links):
        def send(connection):
            words = random.Random(f"{number} {self.edition}").choices(WORDS, k=15)
            text = f"Page {number} of edition {self.edition}: {' '.join(words)}."
            body = (
                f"<html><head><title>Page {number}</title></head><body><main><p>{text}</p>{links}</main></body></html>"
            )
            time.sleep(0.01)
            connection.sendall(response(body.encode(), "Content-Type: text/html"))

        return send

    def asked(self):
        """Return the pages that were asked for since the last time."""
        lines, self.server.requests = self.server.requests, []
        return [self.server.url(line.split(" ", 2)[1]) for line in lines if "robots" not in line]


class Killed(Builder):
    """A business whose builds are killed. `log` is a file."""

    def __init__(self, platform, database, business_id, log):
        super().__init__(platform, database, business_id)
        self.log = log
        env = {**self.env, "PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING"}
        with log.open("wb") as errors:
            self.starter = subprocess.Popen(
                [sys.executable, "-c", STARTER], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True, bufsize=1,
            )  # fmt: skip
        assert self.starter.stdin
        assert self.starter.stdout
        self.orders, self.told = self.starter.stdin, self.starter.stdout

    def run_for(self, build_id, seconds):
        """Run a build and kill it when it is not over so long after it began; return whether it was killed."""
        self.orders.write(f"--business {self.business_id} --build {build_id}\n")
        pid = int(self.told.readline())
        wait_until(lambda: self.builds.get(self.business_id, build_id).status != "queued" or self._over())
        if not self._over(seconds):
            os.kill(pid, signal.SIGKILL)
        return int(self.told.readline()) == -signal.SIGKILL

    def _over(self, within=0.0):
        return bool(select.select([self.told], [], [], within)[0])

    def close(self):
        """End everything."""
        self.orders.close()
        self.starter.wait(30)
        self.told.close()
        super().close()

    def memory(self):
        """Return what the next build knows of those before it, as it is now."""
        settings = Settings.read(environ=self.env)
        space = Space(settings.embedding_model, settings.embedding_dimensions)
        storage = Storage(self.env["BUCKET"], self.env["STORAGE_EMULATOR_HOST"], None, patience_s=4)
        memory = StoredMemory(storage, self.business_id, "bld_z", space, now=lambda: dt.datetime.now(dt.UTC))
        assert memory.vectors(["no such key"]) == {}
        return memory

    def to_embed(self, memory):
        """Return how many vectors of the index that visitors get were not known."""
        index = self.index()
        keys = {vector_key(index.manifest.space, chunk.label, chunk.text) for chunk in index.chunks}
        return len(keys - set(memory.vectors(sorted(keys))))


@pytest.fixture
def builder(servers, stand_in, database, business, tmp_path):
    assert stand_in
    made = Killed(servers, database, business, tmp_path / "log")
    yield made
    made.close()


@pytest.fixture
def site(hostile_ports):
    server = HostileServer(port=hostile_ports[0])
    yield Site(server)
    server.close()


@pytest.fixture
def owner(servers):
    connection = raw("postgres", servers.ports.postgres, servers.database)
    yield connection
    connection.close()


def edition_served(builder):
    """Return the edition that visitors get, of which every page is there and no page of another one."""
    build_id, texts = builder.served()
    found = {one for text in texts for one in re.findall(r"Page (\d+) of edition (\d+)", text)}
    assert len(texts) == len(found) == PAGES, "a page is missing, or there twice"
    editions = {int(edition) for _, edition in found}
    assert len(editions) == 1, f"{build_id} is a mixture"
    return editions.pop()


def silent(builder, owner, build_id):
    """Let ninety seconds pass since a build was heard of; return the build that goes on."""
    owner.run(
        "UPDATE knowledge_builds SET heartbeat_at = now() - make_interval(secs => %s)"
        " WHERE business_id = %s AND status = 'running'",
        SILENT_AFTER_S + 1, builder.business_id,
    )  # fmt: skip
    return builder.state(build_id).retry_id or builder.queue()


def took_s(build):
    """Return how long a build took."""
    return (build.finished_at - build.started_at).total_seconds()


@pytest.mark.timeout(180)
def test_killed_at_ten_points(builder, site, owner):
    """After each kill the live index is one whole edition, and what was read and embedded by then is not done again."""
    dice = random.Random(8)
    source_id = builder.add("website", "Site", start_urls=[site.server.url("/")])
    urls = {site.server.url(f"/{number or ''}") for number in range(PAGES)}
    build_id = builder.queue()
    assert not builder.run_for(build_id, 60), builder.log.read_text()
    live, kills, spared = edition_served(builder), 0, 0
    assert live == 1
    takes_s = took_s(builder.state(build_id))
    site.edition, build_id = 2, builder.queue()
    while kills < KILLS or live < site.edition:
        memory = builder.memory()
        read = {url for url in urls if memory.just_read(source_id, url)}
        site.asked()
        killed = builder.run_for(build_id, dice.uniform(0, takes_s) if kills < KILLS else 60)
        assert not read & set(site.asked()), "a page was read twice"
        kills, spared = kills + killed, spared + len(read)
        assert edition_served(builder) in (live, site.edition)
        live = edition_served(builder)
        build = builder.state(build_id)
        if build.status == "succeeded":
            assert live == site.edition
            takes_s = min(takes_s, took_s(build))
            assert killed or build.counts["embedded"] == builder.to_embed(memory)
            site.edition += kills < KILLS
            build_id = builder.queue()
        else:
            assert (build.status, killed) == ("running", True), builder.log.read_text()
            build_id = silent(builder, owner, build_id)
    assert spared, "no build went on with the work of another one"

"""Knowledge builds as the admin function starts them: a process of its own, watched through the database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from local.stack.platform import ROOT, Platform
from shared.adapters.knowledge.index import FaissIndex
from shared.adapters.knowledge.layout import upload_name
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.sources import SourceStore
from shared.adapters.storage import Storage
from shared.config import Settings
from shared.domain.ids import new_id
from shared.domain.knowledge import Chunk, Manifest
from shared.domain.records import BuildRecord, PageRecord
from tests.stores.model_calls import adapter
from tests.stores.rows import ACTOR, config

PATIENCE_S = 40.0
Process = subprocess.Popen[str]


def job(env: dict[str, str], business_id: str, build_id: str) -> Process:
    """Start the process of a build with these variables alone."""
    return subprocess.Popen(
        [sys.executable, "-m", "shared.jobs.build_knowledge", "--business", business_id, "--build", build_id],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


class Builder:
    """One business whose knowledge is built."""

    def __init__(self, platform: Platform, database: Database, business_id: str) -> None:
        self.env = platform.function_env("admin")
        self.business_id = business_id
        self.builds = BuildStore(database)
        self.sources = SourceStore(database)
        settings = Settings.read(environ=self.env)
        self._embedding = (settings.embedding_model, settings.embedding_dimensions)
        self._processes: list[Process] = []
        self._database = database
        self._model_port = platform.ports.gemini
        BusinessStore(database).create(business_id, config(), ACTOR)

    def add(self, kind: str, name: str = "Facts", **spec: Any) -> str:
        """Name a source and return its id."""
        return self.sources.add(self.business_id, ACTOR, source_id=new_id("src"), kind=kind, name=name, spec=spec).id

    def add_file(self, data: bytes, name: str, kind: str) -> None:
        """Name an uploaded file as a source."""
        source_id = self.add("file", name, filename=f"{name}.{kind}", format=kind, size=len(data))
        self._storage().put(upload_name(self.business_id, source_id), data)

    def add_text(self, text: str, name: str = "Facts") -> None:
        """Name a text as a source."""
        self.add("text", name, title=name, text=text)

    def queue(self) -> str:
        """Queue a build and return its id."""
        return self.builds.start(self.business_id, new_id("bld"), ACTOR).id

    def start(self, build_id: str) -> Process:
        """Start a build's process."""
        process = job(self.env, self.business_id, build_id)
        self._processes.append(process)
        return process

    def run(self) -> tuple[BuildRecord, int, str]:
        """Queue a build and run it to its end; return the build, the exit code and the log."""
        build_id = self.queue()
        process = self.start(build_id)
        log = ended(process)
        return self.state(build_id), process.returncode, log

    def state(self, build_id: str) -> BuildRecord:
        """Return a build as the admin API would see it."""
        return self.builds.get(self.business_id, build_id)

    def pages(self, build_id: str) -> dict[str, PageRecord]:
        """Return what became of each page, by URL."""
        return {page.url: page for page in self.builds.pages(self.business_id, build_id, 500)}

    def publish(self, text: str) -> None:
        """Let visitors have an index of one text, as if built long ago."""
        vector = [1.0] + [0.0] * (self._embedding[1] - 1)
        manifest = Manifest("bld_0", *self._embedding, "inner_product", 1, 1, "2026-11-01T10:00:00+00:00")
        IndexWriter(self._storage()).publish(self.business_id, [Chunk("", "Old", "", text, "t")], [vector], manifest)

    def configure(self, **fields: Any) -> None:
        """Change the business's configuration."""
        store = BusinessStore(self._database)
        store.replace(self.business_id, config(**fields), ACTOR, note="", if_version=None)

    def recognised(self, text: str) -> str:
        """Return the intent that visitors' words get from the build they are served."""
        index = self.index()
        assert index.intents is not None
        with adapter(self._model_port, *self._embedding) as model:
            return index.intents.match(model.embed_queries([text])[0]).intent.name

    def served(self) -> tuple[str, list[str]] | None:
        """Return the build that visitors get and its texts in alphabetical order; None when there is none."""
        index = self._reader().index(self.business_id, None, use_default=False)
        return (index.manifest.build_id, sorted(chunk.text for chunk in index.chunks)) if index else None

    def index(self) -> FaissIndex:
        """Return the index that visitors get."""
        index = self._reader().index(self.business_id, None, use_default=False)
        assert index is not None
        return index

    def _reader(self) -> KnowledgeReader:
        return KnowledgeReader(self._storage(), 10**9)

    def _storage(self) -> Storage:
        return Storage(self.env["BUCKET"], self.env["STORAGE_EMULATOR_HOST"], None, patience_s=4)

    def close(self) -> None:
        """End processes that a failed test left behind, and builds: nobody else's worker is to start them."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        for build in self.builds.list_of(self.business_id, 5):
            self.builds.finish(self.business_id, build.id, status="cancelled")


def ended(process: Process) -> str:
    """Wait for a process and return its log."""
    return process.communicate(timeout=PATIENCE_S)[1]


def wait_until(ready: Callable[[], object]) -> None:
    """Return when `ready` says so."""
    ends = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < ends, "it does not happen"
        time.sleep(0.05)

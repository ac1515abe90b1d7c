"""Promises about the code that a reader would otherwise have to check by hand."""

import ast
import inspect
import re
import subprocess
import sys

import pytest

from shared.adapters.desk import HandoffDesk
from shared.adapters.erasure import Erasure
from shared.adapters.knowledge.publishing import Publisher
from shared.adapters.knowledge.reader import KnowledgeReader
from shared.adapters.knowledge.writer import IndexWriter
from shared.adapters.known_lines import KnownLines
from shared.adapters.known_visitors import KnownVisitors
from shared.adapters.live_sessions import LiveSessions
from shared.adapters.person import PersonFinder
from shared.adapters.postgres.analytics import AnalyticsStore
from shared.adapters.postgres.api_keys import ApiKeyStore
from shared.adapters.postgres.audit import AuditStore
from shared.adapters.postgres.businesses import BusinessStore
from shared.adapters.postgres.calls import CallStore
from shared.adapters.postgres.crm_credentials import CrmCredentialStore
from shared.adapters.postgres.crm_outbox import OutboxStore
from shared.adapters.postgres.database import Database
from shared.adapters.postgres.digests import DigestStore
from shared.adapters.postgres.dossier import DossierStore
from shared.adapters.postgres.erase_tasks import EraseTaskStore
from shared.adapters.postgres.experiment_counts import ExperimentCounts
from shared.adapters.postgres.experiments import ExperimentStore
from shared.adapters.postgres.gaps import GapStore
from shared.adapters.postgres.golden import GoldenStore
from shared.adapters.postgres.handoffs import HandoffStore
from shared.adapters.postgres.history import HistoryStore
from shared.adapters.postgres.interactions import InteractionStore
from shared.adapters.postgres.knowledge import BuildStore
from shared.adapters.postgres.people import PeopleStore
from shared.adapters.postgres.retention import RetentionStore
from shared.adapters.postgres.sources import SourceStore
from shared.adapters.postgres.traces import TraceStore
from shared.adapters.postgres.visitors import VisitorStore
from shared.adapters.postgres.voice_lines import LineStore
from shared.adapters.sessions.fallback_store import FallbackSessions
from shared.adapters.sessions.memory_store import MemorySessions
from shared.adapters.sessions.redis_store import RedisSessions
from shared.adapters.speech.cache import SpokenTexts
from shared.adapters.tenant_cache import TenantCache
from shared.config import Settings
from shared.retrieval.lexical import build_lexical, dump_lexical
from tests.architecture.source import PRODUCT, ROOT, imports, modules, tree

STORES = (
    BusinessStore, ApiKeyStore, AuditStore, InteractionStore, SourceStore, BuildStore, RedisSessions, MemorySessions,
    FallbackSessions, KnowledgeReader, IndexWriter, TenantCache, HandoffStore, VisitorStore, HandoffDesk, KnownVisitors,
    LiveSessions, OutboxStore, CrmCredentialStore, LineStore, CallStore,
    DigestStore, ExperimentStore, ExperimentCounts, KnownLines, SpokenTexts, TraceStore, HistoryStore, PeopleStore,
    GapStore, GoldenStore, Publisher, DossierStore, EraseTaskStore, RetentionStore, Erasure, PersonFinder,
    AnalyticsStore,
)  # fmt: skip
# Methods that name no tenant, each with its reason. A stale entry fails the test.
WITHOUT_TENANT = {
    "BusinessStore.list_all": "the platform's own list",
    "ApiKeyStore.find": "the key tells whose it is",
    "AuditStore.of_platform": "the platform's own log",
    "RedisSessions.ping": "asks the server, not for data",
    "KnowledgeReader.warm_up": "imports only",
    "TenantCache.at_least": "takes the tenant itself",
    "OutboxStore.businesses_due": "the worker's question whose turn it is",
    "ExperimentStore.claim_due": "the worker's question which experiments to look at",
    "DigestStore.due": "the worker's question whose digest to post",
    "HandoffStore.businesses_due": "the worker's question whose webhook to try",
    "EraseTaskStore.businesses_due": "the worker's question for whom something is left to erase",
    "RetentionStore.businesses_due": "the worker's question whose turn it is",
    "RetentionStore.keep_months": "the events' months are everybody's",
    "CrmCredentialStore.rotate": "the platform's keys change for everybody",
    "LineStore.rotate": "the platform's keys change for everybody",
    "LineStore.business_of": "the number that was called tells whose it is",
    "KnownLines.business_of": "the number that was called tells whose it is",
}


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__)
def test_every_store_method_takes_the_tenant_first(store):
    """Nothing reads or writes data without being told whose."""
    for name, method in inspect.getmembers(store, inspect.isfunction):
        if name.startswith("_") or f"{store.__name__}.{name}" in WITHOUT_TENANT:
            continue
        first = list(inspect.signature(method).parameters)[1]
        assert first == "business_id", f"{store.__name__}.{name} takes {first} first"


def test_the_exceptions_are_not_stale():
    """Each method excused from naming a tenant exists and still does not name one."""
    for entry in WITHOUT_TENANT:
        owner, name = entry.split(".")
        store = next(store for store in STORES if store.__name__ == owner)
        parameters = list(inspect.signature(getattr(store, name)).parameters)
        assert parameters[1:2] != ["business_id"], entry


def test_the_environment_is_read_in_one_place():
    """Only config.py reads the environment of the product."""
    for module, path in modules(*PRODUCT):
        for node in ast.walk(tree(path)):
            reads = (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")) and (
                isinstance(node.value, ast.Name) and node.value.id == "os"
            )
            assert not reads or module == "shared.config", f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def test_the_example_environment_names_every_setting():
    """`.env.example` and the settings agree, both ways, with the same help."""
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert (field.description or name) in example, name


def test_every_dependency_has_a_reason():
    """Each pinned package is in docs/dependencies.md, and nothing else is."""
    pinned = set()
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if match := re.match(r"([A-Za-z0-9_.-]+)(\[\w+\])?==", line):
                pinned.add(match[1].lower())
    reasons = set(
        re.findall(r"^\| `([A-Za-z0-9_.-]+)`", (ROOT / "docs/dependencies.md").read_text().lower(), re.MULTILINE)
    )
    assert pinned == reasons


def test_adrs_are_in_their_index():
    """docs/adr/README.md lists every record, and only those."""
    folder = ROOT / "docs" / "adr"
    files = {path.name for path in folder.glob("[0-9]*.md")}
    assert set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())) == files


def test_chat_starts_without_the_heavy_packages():
    """The chat function's module imports no SDK: the first answer must not wait for a second of imports."""
    heavy = [
        "google.genai",
        "google.cloud.sql",
        "google.cloud.run_v2",
        "google.cloud.storage",
        "sqlalchemy",
        "alembic",
        "aiohttp",
        "faiss",
        "bm25s",
        "Stemmer",
        "scipy",
        "numpy",
        "limits",
        "cryptography.hazmat",
        "liquid",
        "jmespath",
        "jwt",
        "httpcore2",
        "trafilatura",
        "lxml",
        "pypdf",
        "twilio",
        "markdown_it",
        "tenacity",
        "httpx2",
        "opentelemetry.sdk",
    ]
    code = (
        "import sys; import shared.apps as w; from shared.config import Settings; w.chat_app(Settings.read());"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    env = {
        "DATABASE_URL": "postgresql://x@127.0.0.1/x",
        "BUCKET": "bucket",
        "SECRETS_KEY": "k" * 40,
        "GEMINI_API_KEY": "x",
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_search_imports_nothing_of_what_makes_an_index():
    """An instance that answers loads terms and searches them without bm25s, which takes a quarter of a second."""
    code = (
        "import sys; from shared.retrieval.lexical import load_lexical; data = sys.stdin.buffer.read();"
        "index = load_lexical(data, 2); print(index.search(index.wanted('punctures'), 1)[0][0], 'bm25s' in sys.modules)"
    )
    data = dump_lexical(build_lexical(["the dog is friendly", "we mend a puncture"], ["en", "en"]))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, input=data, capture_output=True, check=True)
    assert done.stdout.split() == [b"1", b"False"]


@pytest.mark.parametrize("path", [path for _, path in modules(*PRODUCT, "local")], ids=lambda path: path.name)
def test_files_and_functions_stay_small(path):
    """No file above 400 lines, no function above 50 (its docstring not counted)."""
    assert len(path.read_text().splitlines()) <= 400
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 50, f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"


def test_no_room_without_a_noun():
    """No module is called utils, helpers, common or manager."""
    for module, path in modules(*PRODUCT, "local"):
        assert not {"utils", "helpers", "common", "manager", "misc"} & set(module.split(".")), path


def test_no_two_files_of_tests_have_one_name():
    """Python imports them by their names alone, and refuses the second only when both are run."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_the_pool_is_entered_by_scope_only():
    """There is no way to a connection that is neither one tenant's nor, on purpose, the platform's."""
    public = {name for name, _ in inspect.getmembers(Database, inspect.isfunction) if not name.startswith("_")}
    assert public == {"tenant", "tenant_once", "platform", "ping", "close"}


def test_chat_never_acts_as_the_platform():
    """Nothing the chat function is made of opens a platform-wide transaction."""
    for part in ("shared/engine", "shared/api/chat"):
        for _, path in modules(part):
            assert ".platform()" not in path.read_text()
            assert not [name for _, name in imports(path) if name.endswith(("api_keys", "audit"))]

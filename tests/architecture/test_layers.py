"""Which way imports point, and who may know vendors. The table is docs/adr/0001 as code."""

import pytest

from tests.architecture.source import PRODUCT, ROOT, imports, modules

# Each part of shared/ and what of shared/ it may import, beside itself.
MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "logs": set(),
    "once": set(),
    "health": set(),
    "migrations": set(),
    "ports": {"domain"},
    "config": {"domain"},
    "guards": {"domain"},
    "capture": {"domain"},
    "understanding": {"domain"},
    "rules": {"domain"},
    "dialogue": {"domain"},
    "crm": {"domain"},
    "experiments": {"domain"},
    "retrieval": {"domain", "understanding"},
    "digest": {"domain"},
    "formatting": {"domain"},
    "ingestion": {"domain", "ports", "logs", "understanding", "retrieval"},
    "engine": {
        "domain",
        "ports",
        "logs",
        "guards",
        "formatting",
        "capture",
        "understanding",
        "rules",
        "dialogue",
        "experiments",
        "retrieval",
    },
    "adapters": {"domain", "ports", "logs", "once", "understanding", "crm", "retrieval"},
    "web": {"domain", "logs"},
    "api": {
        "domain",
        "ports",
        "logs",
        "health",
        "engine",
        "formatting",
        "web",
        "adapters",
        "ingestion",
        "rules",
        "dialogue",
        "capture",
        "crm",
        "experiments",
        "digest",
        "retrieval",
        "understanding",
    },
    "wiring": {"domain", "ports", "logs", "once", "health", "config", "adapters", "api", "web", "crm"},
    "apps": {"domain", "ports", "logs", "config", "adapters", "api", "web", "wiring"},
    "jobs": {
        "domain",
        "ports",
        "logs",
        "config",
        "wiring",
        "apps",
        "adapters",
        "ingestion",
        "understanding",
        "retrieval",
    },
}
# What speaks to the outside world, and the parts that may.
VENDORS = (
    "google",
    "redis",
    "pg8000",
    "faiss",
    "limits",
    "httpx2",
    "httpcore2",
    "tenacity",
    "alembic",
    "sqlalchemy",
    "edge_tts",
    "aiohttp",
)
VENDOR_ALLOWED = {"adapters": VENDORS, "jobs": ("alembic", "sqlalchemy"), "migrations": ("alembic",)}


def _part(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


@pytest.mark.parametrize(("module", "path"), list(modules("shared")), ids=str)
def test_imports_point_one_way(module, path):
    """A part imports only the parts below it."""
    part = _part(module)
    if not part:
        return
    assert part in MAY_IMPORT, f"{part} is not in the table: say what it may import"
    for line, name in imports(path):
        target = _part(name) if name.startswith("shared.") else ""
        if target in MAY_IMPORT and target != part:
            assert target in MAY_IMPORT[part], f"{path.relative_to(ROOT)}:{line} imports {name}"


@pytest.mark.parametrize(("module", "path"), list(modules("shared")), ids=str)
def test_only_adapters_know_vendors(module, path):
    """A vendor's SDK is imported by adapters alone (and Alembic by the migrations)."""
    allowed = VENDOR_ALLOWED.get(_part(module), ())
    for line, name in imports(path):
        vendor = name.split(".")[0]
        if vendor in VENDORS:
            assert vendor in allowed, f"{path.relative_to(ROOT)}:{line} imports {name}"


def test_entry_points_translate_and_decide_nothing():
    """A function's main.py is short and imports only settings, logs and applications of ours."""
    for _, path in modules("functions"):
        ours = {name for _, name in imports(path) if name.startswith("shared.")}
        assert ours <= {
            "shared.logs",
            "shared.apps",
            "shared.config",
            "shared.config.ConfigError",
            "shared.config.Settings",
            "shared.web.problems",
            "shared.web.problems.runtime_error",
        }
        assert len(path.read_text().splitlines()) < 40


def test_pure_features_do_not_import_each_other():
    """One guard does not know another; the formatter knows no guard."""
    for module, path in modules("shared/guards"):
        for line, name in imports(path):
            if name.startswith("shared.guards.") and "folding" not in name and not module.endswith("guards"):
                pytest.fail(f"{path.relative_to(ROOT)}:{line} imports {name}")


@pytest.mark.parametrize("name", ["admin", "chat", "voice", "worker"])
def test_a_function_does_not_know_another(name):
    """What two functions need lies below both: each is deployed and changed by itself."""
    for _, path in modules(f"shared/api/{name}"):
        for line, imported in imports(path):
            others = {"admin", "chat", "voice", "worker"} - {name}
            known = imported.startswith("shared.api.") and imported.split(".")[2] in others
            assert not known, f"{path.relative_to(ROOT)}:{line} imports {imported}"


# Each part of voice_service/ and what of it the part may import; what of shared/ the pure parts may.
VOICE: dict[str, set[str]] = {"audio": set(), "call": {"call"}, "phone": {"call", "audio"}, "live": {"call", "audio"}}


@pytest.mark.parametrize("part", list(VOICE))
def test_a_call_is_pure_and_its_ends_do_not_know_each_other(part):
    """The state machine knows neither phone nor model; of ours it knows the domain alone."""
    for _, path in modules(f"voice_service/{part}"):
        for line, name in imports(path):
            if name.startswith("voice_service.") and name.split(".")[1] != part:
                assert name.split(".")[1] in VOICE[part], f"{path.relative_to(ROOT)}:{line} imports {name}"
            if part in ("audio", "call", "phone") and name.startswith("shared."):
                assert name.startswith("shared.domain"), f"{path.relative_to(ROOT)}:{line} imports {name}"


def test_the_product_does_not_know_its_stand_ins():
    """Nothing of the product imports local/ or tests/."""
    for _, path in modules(*PRODUCT):
        for line, name in imports(path):
            assert name.split(".")[0] not in ("local", "tests"), f"{path.relative_to(ROOT)}:{line}"

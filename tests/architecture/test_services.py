"""terraform/services.json is the one list of what runs and what it is given: everything else must agree with it."""

import ast
import importlib.util
import json
import re

import pytest

from local.stack import servers
from local.stack.ports import Ports
from shared.config import Settings
from shared.jobs.lifeline import BEAT_EVERY_S, PATIENCE_S
from tests.architecture.source import ROOT, tree

TABLE = json.loads((ROOT / "terraform/services.json").read_text())
UNITS = {**TABLE["functions"], **TABLE["services"], **TABLE["jobs"]}
NEEDED = {name.upper() for name in Settings.model_fields}
GUIDE = (ROOT / "docs/deploy.md").read_text()


def entry_of(name):
    """Return the file in which a process begins."""
    if name in TABLE["functions"]:
        return ROOT / "functions" / name / "main.py"
    module = importlib.util.find_spec(UNITS[name]["args"][1])
    assert module, f"{name} runs a module that is not there: {UNITS[name]['args'][1]}"
    assert module.origin
    package = module.submodule_search_locations
    return ROOT / package[0] / "__main__.py" if package else ROOT / module.origin


def groups_of(name, *, model="model-on-vertex"):
    """Return the groups of a process, with one of the two ways to the model."""
    return [TABLE["groups"][model if group == "model" else group] for group in UNITS[name]["groups"]]


def given(name, **options):
    """Return every variable a process is given."""
    return {
        variable for row in (*groups_of(name, **options), UNITS[name]) for variable in (*row["env"], *row["secrets"])
    }


GIVEN = {
    variable
    for name in UNITS
    for model in ("model-on-vertex", "model-with-key")
    for variable in given(name, model=model)
}


def test_every_setting_is_given_to_somebody_or_listed_with_a_reason():
    """A new setting is decided about: given by Terraform, optional, or never set; and nothing else is given."""
    decided = [GIVEN, set(TABLE["optional"]), set(TABLE["never"])]
    assert set.union(*decided) == NEEDED
    assert sum(map(len, decided)) == len(NEEDED), "decided twice"
    assert all({**TABLE["optional"], **TABLE["never"], **TABLE["runtime"]}.values())


def test_the_example_environment_names_what_is_given():
    """`.env.example` knows every variable of the table."""
    named = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == GIVEN | set(TABLE["optional"]) | set(TABLE["never"])


def needs_in(path):
    """Return what an entry point asks `Settings.read` for."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "read":
            return ast.literal_eval(node.args[0])
    raise AssertionError(f"{path} reads no settings")


EXAMPLES = {
    "DATABASE_URL": "postgresql://localhost/chatbot",
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
    "BUILDS_AT_ONCE": "5",
    "DB_POOL_SIZE": "5",
    "TRUSTED_PROXY_DEPTH": "1",
    "PUBLIC_VOICE_URL": "https://voice.example.com",
}


@pytest.mark.parametrize("model", ["model-on-vertex", "model-with-key"])
@pytest.mark.parametrize("name", UNITS)
def test_a_process_can_start_with_what_it_is_given(name, model):
    """Its entry point's own check of the settings passes."""
    environ = {variable: EXAMPLES.get(variable, "x" * 32) for variable in given(name, model=model)}
    Settings.read(needs_in(entry_of(name)), environ)


def test_a_build_ends_by_itself_before_it_is_ended():
    """Its own deadline, and the time it has then to come to an end, are over before Cloud Run kills its process."""
    ends_s = Settings.model_fields["build_timeout_s"].default + max(PATIENCE_S.values()) + BEAT_EVERY_S
    assert ends_s < UNITS["knowledge"]["timeout_seconds"]


def test_functions_are_the_folders_of_functions():
    """Each folder is deployed, each deployed function has its folder and entry point."""
    assert set(TABLE["functions"]) == {path.parent.name for path in (ROOT / "functions").glob("*/main.py")}
    for name in TABLE["functions"]:
        assert name in {node.name for node in tree(entry_of(name)).body if isinstance(node, ast.FunctionDef)}


def test_local_ports_are_the_same():
    """`make run` puts each at its offset."""
    ports = vars(Ports.from_base(0))
    for name, unit in UNITS.items():
        assert unit.get("port_offset") == ports.get(name.replace("-", "_")), name


def test_local_logins_may_do_the_same():
    """The logins that `make run` makes are the table's, with the platform's rights for the same ones."""
    source = ast.get_source_segment((ROOT / "local/stack/servers.py").read_text(), function_of(servers.create_logins))
    assert source
    tenants, platform = source.split("GRANT chatbot_platform")
    rows = [unit["database"] for unit in UNITS.values() if unit["database"]["as"] != "owner"]
    assert set(re.findall(r"chatbot_(?!tenant|platform)\w+", tenants)) == {row["login"] for row in rows}
    allowed = set(re.findall(r"chatbot_\w+", platform))
    assert {row["login"] for row in rows if row["as"] == "platform"} == allowed


def function_of(function):
    """Return a function's syntax in its module."""
    nodes = tree(ROOT / "local/stack/servers.py").body
    return next(node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == function.__name__)


def test_the_words_of_env_are_terraforms():
    """A value's source is a word that terraform/table.tf knows, or the value itself."""
    block = (ROOT / "terraform/table.tf").read_text().split("values = {")[1].split("} }")[0]
    words = set(re.findall(r"^\s+(\w+)\s+=", block, re.MULTILINE))
    used = {source for name in UNITS for row in (*groups_of(name), UNITS[name]) for source in row["env"].values()}
    assert {source for source in used if not source.startswith("=")} == words


def rows_of_the_guide():
    """Return the table that docs/deploy.md must have, line by line."""
    for name, unit in UNITS.items():
        own = [variable for row in (*groups_of(name), unit) for variable in row["env"]]
        secrets = [variable for row in (*groups_of(name), unit) for variable in row["secrets"]]
        login = f"{unit['database']['as']}"
        cells = (
            f"`{name}`",
            unit["callers"],
            " ".join(f"`{each}`" for each in own),
            " ".join(f"`{each}`" for each in secrets),
            login,
        )
        yield "| " + " | ".join(cells) + " |"


def test_the_guide_shows_the_table():
    """docs/deploy.md has each process's row, and a line for every setting that is not given."""
    missing = [row for row in rows_of_the_guide() if row not in GUIDE]
    assert not missing, "docs/deploy.md lacks:\n" + "\n".join(missing)
    for kind in ("optional", "never"):
        for variable in TABLE[kind]:
            assert f"`{variable}`" in GUIDE, variable

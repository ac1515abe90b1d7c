"""docs/runbook.md answers every alert by its name and names what there is; docs/scaling.md counts with the table."""

import json
import re

import pytest

from tests.architecture.source import ROOT

RUNBOOK = (ROOT / "docs/runbook.md").read_text()
MONITORING = ROOT / "terraform/modules/monitoring"
POLICY = re.compile(r'^resource "google_monitoring_alert_policy" "(\w+)" \{\n(.*?)^\}', re.DOTALL | re.MULTILINE)
# A policy's name is its prefix and this title, or the title of its row in the table of alerts.
NAMED = re.compile(r'display_name\s*=\s*"\$\{var\.prefix\}: ([^"$]+)"')
TITLED = re.compile(r'^\s+title\s*=\s*"([^"]+)"', re.MULTILINE)
LOST = [
    "The database is lost", "The bucket is lost", "Redis is lost", "Gemini is down", "Twilio is down",
    "Secrets have leaked", "A tenant floods",
]  # fmt: skip


def alerts():
    """Return the display names of all alert policies, without the deployment's prefix."""
    found = []
    for path in sorted(MONITORING.glob("*.tf")):
        for name, body in POLICY.findall(path.read_text()):
            rows = TITLED.findall(path.read_text()) if "each.value.title" in body else NAMED.findall(body)
            assert rows, f"the name of the alert policy '{name}' is not found in {path.name}"
            found += rows
    return found


def sections(part):
    """Return the sections of one part of the runbook: their text by heading."""
    text = RUNBOOK.split(f"\n## {part}\n")[1].split("\n## ")[0]
    return {section.partition("\n")[0]: section for section in text.split("\n### ")[1:]}


def test_each_alert_has_its_section_and_each_section_its_alert():
    """Whoever is called by an alert finds its name in the runbook, and no section is of an alert that is gone."""
    assert len(alerts()) == len(set(alerts()))
    assert sorted(sections("Alerts")) == sorted(alerts())


@pytest.mark.parametrize("title", sections("Alerts"))
def test_a_section_says_all_four(title):
    """What it means, where to look, what to do, when to call somebody; and a command to begin with."""
    section = sections("Alerts")[title]
    for word in ("**Means**", "**Look first**", "**Mitigate**", "**Escalate**"):
        assert section.count(word) == 1, word
    assert re.search(r"^    \S", section, re.MULTILINE), "no command"


def test_what_can_be_lost_has_a_section():
    """Each disaster that we know of has its steps, and says when to escalate."""
    assert list(sections("When something is lost or attacked")) == LOST
    for section in sections("When something is lost or attacked").values():
        assert "**Escalate**" in section


def test_it_names_only_what_there_is():
    """Outputs, jobs, services and files in its commands and links are there."""
    outputs = set(re.findall(r'^output "(\w+)"', (ROOT / "terraform/outputs.tf").read_text(), re.MULTILINE))
    assert set(re.findall(r"terraform output -(?:raw|json) (\w+)", RUNBOOK)) <= outputs
    table = json.loads((ROOT / "terraform/services.json").read_text())
    units = {f"chatbot-{name}" for name in (*table["functions"], *table["services"], *table["jobs"])}
    assert set(re.findall(r"\bchatbot-[a-z]+(?:-service)?\b", RUNBOOK)) <= units
    for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", RUNBOOK):
        assert (ROOT / "docs" / link).exists(), link
    for script in re.findall(r"\bdeploy/[\w/]+\.(?:sh|md)", RUNBOOK):
        assert (ROOT / script).exists(), script


def test_links_into_pages_meet_a_heading():
    """A link to a place in a page finds it."""
    for page, place in re.findall(r"\]\(([\w./]+\.md)#([\w-]+)\)", RUNBOOK):
        headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert place in slugs, f"{page}#{place}"


def test_the_arithmetic_of_scaling_is_the_tables():
    """docs/scaling.md multiplies the numbers of services.json as they are today."""
    table = json.loads((ROOT / "terraform/services.json").read_text())
    units = {**table["functions"], **table["services"], **table["jobs"]}
    page = (ROOT / "docs/scaling.md").read_text()
    profiles = ("dev", "prod", "ha")
    for name, what in (("chat", "requests"), ("voice-service", "calls")):
        at_once, most = units[name]["concurrency"], [units[name]["scale"][profile]["max"] for profile in profiles]
        row = " | ".join(f"{at_once} x {instances} = {at_once * instances}" for instances in most)
        assert f"| {name}: {what} | {row} |" in page
    limits = re.findall(r"sql_connections = (\d+)", (ROOT / "terraform/table.tf").read_text())
    held = [
        sum(unit["scale"][profile]["max"] * unit["scale"][profile]["db_pool_size"] for unit in units.values())
        for profile in profiles
    ]
    row = " | ".join(f"{needed} of {limit}" for needed, limit in zip(held, limits, strict=True))
    assert f"| database connections, everybody at their limit | {row} |" in page

"""cloudbuild.yaml as a text: what Cloud Build would refuse, what may run beside what, and which images are trusted."""

import re

import pytest
import yaml

from local.stack.platform import ROOT
from tests.pipeline.cloud_build import Refused, read
from tests.pipeline.delivery import NEW
from tests.pipeline.images import IMAGES

TEXT = (ROOT / "cloudbuild.yaml").read_text()
GUIDE = (ROOT / "docs/pipeline.md").read_text()
CONFIG = yaml.safe_load(TEXT)


def test_the_environment_is_what_was_substituted():
    """Defaults are put together of others, what is given wins, and the commit is the trigger's."""
    build = read(TEXT, {"_PREFIX": "shop", "_PROFILE": "prod"}, NEW)
    assert build.env["STATE_BUCKET"] == "my-project-shop-state"
    assert build.env["STATE_PREFIX"] == "prod"
    assert build.env["REVISION"] == NEW
    assert (
        build.service_account == "projects/my-project/serviceAccounts/shop-deployer@my-project.iam.gserviceaccount.com"
    )


def test_a_dollar_of_the_shell_is_kept():
    """$$ reaches the shell as one; nothing else of ours does."""
    build = read(TEXT, {})
    words = [word for step in build.steps for word in step.command if "$" in word]
    assert words
    assert all("$(command -v " in word and "$$" not in word for word in words)


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("_REGION}", "_REGIN}", "_REGIN is not a valid substitution"),
        ('"$$(command', '"$(command', r"\$\( is not a valid substitution"),
        ("    - PROFILE=${_PROFILE}\n", "", None),
        ("    - REGION=${_REGION}\n", "", "not in the template: {'_REGION'}"),
        ("waitFor: [jobs]", "waitFor: [job]", "waits for {'job'}"),
        ("    entrypoint: bash\n", "    entryPoint: bash\n", "unknown fields of step packages"),
        ("timeout: 7200s", "timeout: 2h", "a timeout is seconds"),
        ("_CANARY_PERCENT: '0'", "_CANARY_PERCENT: 0", "a value is a text"),
    ],
)
def test_what_cloud_build_would_refuse_is_refused(right, wrong, complaint):
    """The reader is as strict as the service; _PROFILE is used by another substitution as well."""
    assert right in TEXT
    changed = TEXT.replace(right, wrong)
    if complaint is None:
        assert read(changed, {}).steps
        return
    with pytest.raises(Refused, match=complaint):
        read(changed, {})


def test_an_unknown_substitution_is_refused():
    """A misspelt --substitutions ends the build before it begins."""
    with pytest.raises(Refused, match="_CANARY_PERCENTAGE"):
        read(TEXT, {"_CANARY_PERCENTAGE": "10"})


def test_checks_and_the_image_run_beside_each_other():
    """Neither lint, nor the tests, nor the image wait for one another."""
    build = read(TEXT, {})
    for one, other in (("lint", "test"), ("test", "build"), ("lint", "build"), ("scan", "test")):
        assert other not in build.before(one)
        assert one not in build.before(other)


def test_nothing_leaves_the_build_before_every_check():
    """Whatever touches the cloud waits for lint, tests and scan; from there on each step waits for the one before."""
    build = read(TEXT, {})
    names = [step.name for step in build.steps]
    after = names[names.index("prepare") :]
    assert after == ["prepare", "push", "plan", "jobs", "migrate", "record", "apply", "forward", "smoke"]
    for place, name in enumerate(after):
        assert {"lint", "test", "scan", "build", *after[:place]} <= build.before(name)


def test_images_are_pinned():
    """By a full version; what is only taken out of its image, by digest too."""
    for step in read(TEXT, {}).steps:
        assert any(step.image.startswith(known) for known in IMAGES), step.image
        assert re.search(r":[0-9]+\.[0-9]+\.[0-9]+(-[a-z]+)?(@sha256:[0-9a-f]{64})?$", step.image), step.image
        assert "@sha256:" in step.image or not step.image.startswith(("hashicorp/", "aquasec/"))


def test_the_guide_explains_every_substitution_and_step():
    """docs/pipeline.md names them all."""
    for name in CONFIG["substitutions"]:
        assert f"`{name}`" in GUIDE, name
    for step in CONFIG["steps"]:
        assert f"`{step['id']}`" in GUIDE, step["id"]


def test_what_the_scan_lets_through_has_a_reason_and_an_end():
    """Each entry says why, and when it is looked at again."""
    entries = yaml.safe_load((ROOT / "deploy/pipeline/trivyignore.yaml").read_text())
    assert entries.keys() == {"vulnerabilities"}
    for entry in entries["vulnerabilities"]:
        assert re.fullmatch(r"(CVE|GHSA)-[\w-]+", entry["id"])
        assert len(entry["statement"].split()) > 3, entry["id"]
        assert entry["expired_at"], entry["id"]

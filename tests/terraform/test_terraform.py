"""terraform/ as Terraform sees it: formatted, valid, and its own tests; and mistakes made on purpose are caught.

Without terraform, or where its providers cannot be had, the tests are skipped and say why.
"""

import os
import shutil
import subprocess

import pytest

from local.stack.platform import ROOT

TERRAFORM = shutil.which("terraform")
UNREACHABLE = (
    "could not connect to",
    "failed to request discovery document",
    "no such host",
    "connection refused",
    "i/o timeout",
)

pytestmark = [
    pytest.mark.skipif(TERRAFORM is None, reason="terraform is not installed"),
    pytest.mark.timeout(900),  # the providers are 150 MB, and the tests plan the whole deployment several times
]


def terraform(folder, *arguments):
    """Run terraform in a folder."""
    assert TERRAFORM
    # One quick look: where there is no registry, there is none.
    env = {
        **os.environ,
        "TF_IN_AUTOMATION": "1",
        "TF_REGISTRY_DISCOVERY_RETRY": "0",
        "TF_REGISTRY_CLIENT_TIMEOUT": "10",
    }
    command = [TERRAFORM, f"-chdir={folder}", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def copied(folder):
    """Copy the configuration with the sources it packs, so that nothing is left behind in the repository."""
    ignored = shutil.ignore_patterns(".terraform", "*.tfstate*", "__pycache__", ".terraform.lock.hcl")
    return shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=ignored)


def initialised(folder):
    """Run init; skip when the providers cannot be had."""
    done = terraform(folder, "init", "-backend=false", "-input=false", "-no-color")
    if done.returncode and any(sign in done.stderr.lower() for sign in UNREACHABLE):
        pytest.skip("terraform cannot reach the registry of its providers")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    """An initialised copy of the configuration."""
    return initialised(copied(tmp_path_factory.mktemp("deployment")))


def test_it_is_formatted():
    """`terraform fmt -check`, which needs no provider."""
    done = terraform(ROOT / "terraform", "fmt", "-check", "-diff", "-recursive")
    assert done.returncode == 0, done.stdout


def test_it_is_valid(deployment):
    """`terraform validate`."""
    done = terraform(deployment, "validate", "-no-color")
    assert done.returncode == 0, done.stderr


def test_the_bootstrap_is_valid(deployment):
    """The state's bucket and the deployer are a configuration of their own."""
    done = terraform(initialised(deployment / "bootstrap"), "validate", "-no-color")
    assert done.returncode == 0, done.stderr


def test_its_own_tests_pass(deployment):
    """`terraform test`: the promises of terraform/tests."""
    done = terraform(deployment, "test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


# What is changed where, and what the tests say of it. Those of one group are made at once: a run takes its while.
FUNCTION = "modules/functions/main.tf"
MISTAKES = {
    "resources": (
        ("modules/database/main.tf", "ipv4_enabled    = false", "ipv4_enabled    = true", "has a public address"),
        ("modules/storage/main.tf", '"enforced"', '"inherited"', "a bucket that can be made public"),
        (FUNCTION, "= each.value.account\n", "= null\n", "as a default service account"),
        (FUNCTION, '"VPC_EGRESS_${var.network.mode}"', "null", "outside of the private network"),
        (FUNCTION, "name if function.public]", "name]", "worker can be called from outside"),
    ),
    "profiles": (
        ("table.tf", "protect  = true", "protect  = false", "prod is unprotected"),
        ("services.json", '"min": 1, "max": 10', '"min": 0, "max": 10', "warm in prod"),
        ("services.json", '{ "BUCKET": "bucket" }', '{ "SECRETS_KEY": "=plain" }', "a secret as a plain variable"),
    ),
    "a missing secret": (
        ("services.json", '{ "DATABASE_URL": "database-owner-url" }', "{}", "does not identify an element"),
    ),
    "a password in the state": (
        ("modules/database/main.tf", "password_wo  ", "password  ", "Invalid use of ephemeral value"),
    ),
}


@pytest.mark.parametrize("group", MISTAKES)
def test_mistakes_are_caught(group, deployment, tmp_path):
    """Terraform's own tests fail, and say what is wrong."""
    folder = shutil.copytree(deployment, tmp_path / "terraform", symlinks=True)
    for file, right, wrong, _ in MISTAKES[group]:
        text = (folder / file).read_text()
        assert right in text, f"{file} has changed: this test makes a mistake that is none any more"
        (folder / file).write_text(text.replace(right, wrong))
    tests = "modules" if MISTAKES[group][0][0].startswith("modules/") else "profiles"
    done = terraform(folder, "test", "-no-color", f"-filter=tests/{tests}.tftest.hcl")
    unnoticed = [complaint for *_, complaint in MISTAKES[group] if complaint not in done.stdout + done.stderr]
    assert not unnoticed, done.stdout + done.stderr

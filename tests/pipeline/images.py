"""Which programs the images of the steps hold: a folder for each, with links to this machine's and to the fakes."""

import shutil
import sys
from pathlib import Path

from local.stack.platform import ROOT

FAKES = ("docker", "gcloud", "make", "terraform", "trivy")
BUSYBOX = ("sh", "cp", "mkdir")
DEBIAN = ("bash", "cat", "chmod", "cp", "dirname", "env", "grep", "head", "mkdir", "rm", "sh")
# Beginning of the image's name: what is in it, as far as the steps may use it.
IMAGES = {
    "hashicorp/terraform:": (*BUSYBOX, "terraform"),
    "aquasec/trivy:": (*BUSYBOX, "trivy"),
    "python:": (*DEBIAN, "make"),
    "gcr.io/cloud-builders/docker:": (*DEBIAN, "docker"),
    "gcr.io/google.com/cloudsdktool/google-cloud-cli:": (*DEBIAN, "curl", "gcloud", "python3"),
}
# Without site-packages (-S) Python starts in a third of the time; trivy's stand-in needs them, for YAML.
FAKE = """#!/bin/sh
export FAKE_WORLD={world} PYTHONPATH={root}
exec {python} {quick} -c 'from tests.pipeline.fakes.{name} import main; main()' "$@"
"""
PYTHON = """#!/bin/sh
exec {python} -S "$@"
"""


def make_images(folder: Path, world: Path) -> Path:
    """Make a folder of programs for each image, whose fakes change this world."""
    fakes = folder / "fakes"
    fakes.mkdir(parents=True)
    _put(fakes / "python3", PYTHON.format(python=sys.executable))
    for name in FAKES:
        quick = "" if name == "trivy" else "-S"
        _put(fakes / name, FAKE.format(world=world, root=ROOT, python=sys.executable, quick=quick, name=name))
    for image, names in IMAGES.items():
        place = folder / image.replace("/", "_").rstrip(":")
        place.mkdir()
        for name in names:
            (place / name).symlink_to(_found(name, fakes))
    return folder


def _put(program: Path, text: str) -> None:
    program.write_text(text)
    program.chmod(0o755)


def _found(name: str, fakes: Path) -> Path:
    if (fakes / name).exists():
        return fakes / name
    found = shutil.which(name, path="/usr/bin:/bin")
    assert found, f"this machine has no {name}"
    return Path(found)


def tools_of(image: str, folder: Path) -> Path:
    """Return the folder of an image's programs."""
    name = next(name for name in IMAGES if image.startswith(name))
    return folder / name.replace("/", "_").rstrip(":")

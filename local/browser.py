"""Finds Chromium for the widget's tests, and installs Debian's where that is allowed (root, apt)."""

import argparse
import os
import shutil
import subprocess
import sys

PACKAGES = ("chromium", "fonts-dejavu-core")


def find_chromium() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), None)


def install() -> bool:
    """Install Debian's Chromium when we may; return whether there is one now."""
    if find_chromium():
        return True
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run([apt, *command], env=environment, capture_output=True, check=False)
        if done.returncode:
            return False
    return find_chromium() is not None


def main() -> int:
    """Make sure that there is a browser; say when there is none."""
    parser = argparse.ArgumentParser(prog="python -m local.browser", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    quiet = parser.parse_args().quiet
    found = install()
    if not found:
        print("No Chromium here and none may be installed: the browser tests will be skipped.", file=sys.stderr)
    elif not quiet:
        print(find_chromium())
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())

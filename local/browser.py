"""Finds Chromium for the widget's tests, and installs Debian's where that is allowed (root, apt)."""

import argparse
import os
import shutil
import subprocess
import sys

# The shell is the same engine without a window's machinery: it takes half the processor's time.
SHELL = "chromium-headless-shell"
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome")
FONTS = "fonts-dejavu-core"


def find_chromium() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def install() -> bool:
    """Install Debian's Chromium when we may; return whether there is one now."""
    if shutil.which(SHELL) or not (shutil.which("apt-get") and os.geteuid() == 0):
        return find_chromium() is not None
    if not find_chromium():
        _apt("update", "-qq")
    if not _apt_install(SHELL, FONTS) and not find_chromium():
        _apt_install("chromium", FONTS)
    return find_chromium() is not None


def _apt_install(*packages: str) -> bool:
    return _apt("install", "-y", "-qq", "--no-install-recommends", *packages)


def _apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(["apt-get", *arguments], env=environment, capture_output=True, check=False).returncode == 0


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

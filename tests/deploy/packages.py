"""Programs that tests need and machines may lack: Debian's, fetched by apt and unpacked into the user's cache.

Nothing is installed and no root is needed.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "chatbot-platform"
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def find_nginx() -> Path | None:
    """Return an nginx that runs here, None when there is none and apt fetches none."""
    found = shutil.which("nginx", path=PATH)
    program = Path(found) if found else _unpacked("sbin/nginx", "nginx", "nginx-common")
    return program if program and _runs(program) else None


def find_debootstrap() -> Path | None:
    """Return debootstrap; fetched, it needs DEBOOTSTRAP_DIR, which is share/debootstrap beside its sbin."""
    found = shutil.which("debootstrap", path=PATH)
    return Path(found) if found else _unpacked("sbin/debootstrap", "debootstrap")


def find_shellcheck() -> Path | None:
    """Return shellcheck."""
    found = shutil.which("shellcheck")
    return Path(found) if found else _unpacked("bin/shellcheck", "shellcheck")


def _unpacked(program: str, *packages: str) -> Path | None:
    folder = packages[0]
    path = CACHE / folder / "usr" / program
    if not path.exists() and shutil.which("apt-get") and shutil.which("dpkg"):
        _fetch(packages, CACHE / folder)
    return path if path.exists() else None


def _fetch(packages: tuple[str, ...], target: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for package in packages:
            fetched = subprocess.run(
                ["apt-get", "download", "-qq", package], cwd=folder, capture_output=True, check=False
            )
            if fetched.returncode:
                return
        for file in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", file, f"{folder}/made"], capture_output=True, check=True)
        if not target.exists():
            Path(folder, "made").rename(target)


def _runs(program: Path) -> bool:
    return subprocess.run([program, "-v"], capture_output=True, check=False).returncode == 0

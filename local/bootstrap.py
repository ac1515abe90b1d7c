"""Makes the virtual environment: `python3 local/bootstrap.py .venv`. Uses the standard library only.

uv installs the locked tree (seconds, against a minute and a half with an old pip) and compiles it to bytecode.
"""

import subprocess
import sys
from pathlib import Path

UV = "uv==0.13.9"
ROOT = Path(__file__).parents[1]


def main() -> int:
    """Create or update the environment named on the command line."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return _fail(
            f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 run"
        )
    venv = Path(sys.argv[1])
    python = venv / "bin" / "python"
    print(f"setting up {venv} (once) ...", flush=True)
    if not python.exists() and _run([sys.executable, "-m", "venv", venv]):
        return _fail("The virtual environment cannot be made. On Debian and Ubuntu: apt-get install python3-venv")
    if _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]):
        return _fail("uv cannot be installed: is PyPI reachable from here? Behind a proxy, set HTTPS_PROXY.")
    lock = ROOT / "requirements-dev.lock"
    install = [venv / "bin" / "uv", "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes"]
    if _run([*install, "-p", python, lock]):
        return _fail(
            "The packages cannot be installed. A broken download: run the command again. "
            "A missing compiler (no wheel for this platform): on Debian and Ubuntu apt-get install build-essential"
        )
    (venv / ".installed").touch()
    return 0


def _run(command: list[object]) -> int:
    return subprocess.run([str(part) for part in command], check=False).returncode


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

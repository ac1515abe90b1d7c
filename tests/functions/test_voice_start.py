"""How the voice function starts: quickly, or with a line that says what is missing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "GEMINI_API_KEY": "k", "BUCKET": "b",
    "SECRETS_KEY": "k" * 32, "PUBLIC_VOICE_URL": "https://phone.example",
}  # fmt: skip
HEAVY = (
    "google.genai", "google.cloud.storage", "google.cloud.sql", "faiss", "numpy", "twilio.rest", "edge_tts", "aiohttp",
    "cryptography.hazmat", "requests", "limits", "sqlalchemy", "httpx2", "liquid",
)  # fmt: skip


def started(**changed: str) -> "subprocess.CompletedProcess[str]":
    """Import the function as the runtime does and print which of the heavy packages came along."""
    code = (
        "import runpy, sys; runpy.run_path('functions/voice/main.py');"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    environ = {"PYTHONPATH": str(ROOT), **SETTINGS, **changed}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def test_it_starts_without_the_heavy_packages():
    """A caller hears it ring while the first instance starts: no SDK is imported before it is needed."""
    done = started()
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_it_says_what_it_needs():
    """Without the address that Twilio calls, nothing could be verified."""
    done = started(PUBLIC_VOICE_URL="")
    assert done.returncode == 1
    assert "PUBLIC_VOICE_URL is missing" in done.stderr

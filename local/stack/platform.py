"""The whole platform as processes: servers, migrations, stand-ins, functions. What `make run` and the tests start."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.stack.ports import Ports
from local.stack.process import Child, StackError, spawn
from local.stack.servers import (
    BUCKET,
    DATABASE,
    answers_http,
    create_database,
    create_logins,
    login_url,
    owner_url,
    start_postgres,
    start_storage,
    start_valkey,
)

ROOT = Path(__file__).parents[2]
STAND_IN_KEY = "local-stand-in"  # the stand-in takes any key
SPEECH_PATH = "/consumer/speech/synthesize/readaloud/edge/v1"
# A stream holds a thread for its whole life.
THREADS = "64"


@dataclass
class Platform:
    """Starts parts one by one; `stop` ends them in reverse order.

    Args:
        ports: where they listen.
        data: where their data and logs go; it survives a stop.
        env: variables for the functions, above the ones set here.
        gemini: whether to use the stand-in; without it the environment must name a real service.
        speech: how the speech endpoint's stand-in speaks: `tones`, or `real`, a voice.
    """

    ports: Ports
    data: Path
    admin_key: str
    env: dict[str, str] = field(default_factory=dict)
    gemini: bool = True
    database: str = DATABASE
    speech: str = "tones"
    children: dict[str, Child] = field(default_factory=dict)

    def start_servers(self) -> None:
        """Start Postgres, Redis and object storage."""
        self._keep("postgres", start_postgres(self.ports.postgres, self.data / "postgres", self._log("postgres")))
        self._keep("redis", start_valkey(self.ports.redis, self.data / "redis", self._log("redis")))
        self._keep("storage", start_storage(self.ports.storage, self.data / "storage", self._log("storage")))

    def migrate(self) -> str:
        """Make the database if need be, migrate it, make the functions' logins; return what the migration said."""
        create_database(self.ports.postgres, self.database)
        owner = {"DATABASE_URL": owner_url(self.ports.postgres, self.database)}
        done = subprocess.run(
            [sys.executable, "-m", "shared.jobs.migrate"],
            cwd=ROOT, env={**os.environ, **self._python_env(), **owner}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StackError(f"The migration failed:\n{done.stderr.strip()}")
        create_logins(self.ports.postgres, self.database)
        return done.stdout.strip()

    def start_gemini(self) -> None:
        """Start the Gemini stand-in: REST, and over TLS on the same port Live."""
        command = [
            sys.executable, "-m", "local.gemini", "--port", str(self.ports.gemini),
            "--cert", str(self.certificate),
        ]  # fmt: skip
        child = spawn("Gemini stand-in", command, self._log("gemini"), env=self._python_env())
        self._keep("gemini", child)
        child.wait_until(lambda: answers_http(self.ports.gemini, "/health"))

    def start_site(self, business_id: str) -> None:
        """Start the demo website with the business's widget on it."""
        command = [
            sys.executable, "-m", "local.demo.serve", "--port", str(self.ports.site),
            "--chat-url", self.chat_url, "--business-id", business_id,
        ]  # fmt: skip
        child = spawn("demo website", command, self._log("site"), env=self._python_env())
        self._keep("site", child)
        child.wait_until(lambda: answers_http(self.ports.site, "/health"))

    def start_functions(self) -> None:
        """Start chat and admin, each as the functions runtime runs it, and wait until both answer."""
        for name in ("chat", "admin"):
            self.start_function(name)
        for name in ("chat", "admin"):
            self.wait_for_function(name)

    def start_crm(self) -> None:
        """Start the stand-ins for CRMs."""
        command = [sys.executable, "-m", "local.crm", "--port", str(self.ports.crm), "--speech", self.speech]
        child = spawn("CRM stand-ins", command, self._log("crm"), env=self._python_env())
        self._keep("crm", child)
        child.wait_until(lambda: answers_http(self.ports.crm, "/health"))

    def start_voice_service(self) -> Child:
        """Start what carries the phone's sound, and wait until it answers."""
        port = self.ports.voice_service
        command = [sys.executable, "-m", "voice_service", "--host", "127.0.0.1", "--port", str(port)]
        trusted = {"SSL_CERT_FILE": str(self.certificate)} if self.gemini else {}
        env = {**self.function_env("voice"), **trusted}
        child = spawn("voice service", command, self._log("voice_service"), env=env)
        self._keep("voice_service", child)
        child.wait_until(lambda: answers_http(port, "/health"))
        return child

    def start_worker(self, name: str = "worker") -> Child:
        """Start the worker's loop."""
        command = [sys.executable, "-m", "shared.jobs.deliver"]
        child = spawn("worker", command, self._log(name), env=self.function_env("worker"))
        self._keep(name, child)
        return child

    def start_function(self, name: str) -> Child:
        """Start one function without waiting for it."""
        port = getattr(self.ports, name)
        source = ROOT / "functions" / name / "main.py"
        command: list[str | Path] = [
            Path(sys.executable).parent / "functions-framework", "--target", name, "--source", source,
            "--host", "127.0.0.1", "--port", str(port),
        ]  # fmt: skip
        child = spawn(f"function {name}", command, self._log(name), env=self.function_env(name))
        self._keep(name, child)
        return child

    def wait_for_function(self, name: str) -> None:
        """Return when a function answers."""
        port = getattr(self.ports, name)
        self.children[name].wait_until(lambda: answers_http(port, "/openapi.json"))

    def function_env(self, name: str) -> dict[str, str]:
        """Return the environment of a function."""
        port = self.ports
        return {
            **self._python_env(),
            "THREADS": THREADS,
            "DATABASE_URL": login_url(port.postgres, f"chatbot_{name}", self.database),
            "REDIS_URL": f"redis://127.0.0.1:{port.redis}/0",
            "BUCKET": BUCKET,
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port.storage}",
            "ADMIN_API_KEY": self.admin_key,
            "SECRETS_KEY": f"local-{self.admin_key}",
            "SEAL_AT_REST": "true",
            "CORS_ALLOWED_ORIGINS": "*",
            "EGRESS_ALLOW": f"127.0.0.1:{port.site},127.0.0.1:{port.crm}",
            "PUBLIC_VOICE_URL": self.voice_url,
            "TWILIO_API_URL": f"{self.crm_url}/twilio",
            "EDGE_TTS_URL": f"ws://127.0.0.1:{port.crm}/tts{SPEECH_PATH}",
            "VOICE_SERVICE_URL": f"ws://127.0.0.1:{port.voice_service}",
            **(
                {"GEMINI_API_KEY": STAND_IN_KEY, "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{port.gemini}"}
                if self.gemini
                else {}
            ),
            **self.env,
        }

    @property
    def certificate(self) -> Path:
        """What the Gemini stand-in proves itself with, for those who talk to it over TLS."""
        return self.data / "gemini.pem"

    @property
    def site_url(self) -> str:
        """The demo website."""
        return f"http://127.0.0.1:{self.ports.site}"

    @property
    def chat_url(self) -> str:
        """The chat function."""
        return f"http://127.0.0.1:{self.ports.chat}"

    @property
    def admin_url(self) -> str:
        """The admin function."""
        return f"http://127.0.0.1:{self.ports.admin}"

    @property
    def voice_url(self) -> str:
        """The voice function."""
        return f"http://127.0.0.1:{self.ports.voice}"

    @property
    def crm_url(self) -> str:
        """The stand-ins for CRMs."""
        return f"http://127.0.0.1:{self.ports.crm}"

    def dead(self) -> Child | None:
        """Return a child that stopped by itself, None while all run."""
        return next((child for child in self.children.values() if not child.running), None)

    def stop(self) -> None:
        """Stop everything, last started first."""
        for name in reversed(list(self.children)):
            self.children.pop(name).stop()

    def _keep(self, name: str, child: Child) -> None:
        self.children[name] = child

    def _log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"

    @staticmethod
    def _python_env() -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1"}

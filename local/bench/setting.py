"""What the benchmarks run on: a platform with an instant model, one business, and a bare function as the floor."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.seed import Admin, build
from local.stack.platform import ROOT, Platform
from local.stack.ports import Ports
from local.stack.process import spawn
from local.stack.servers import answers_http

KEY = "bench-platform-key-0123456789abcdef"
BUSINESS = "bench"
_HELLO = """import functions_framework


@functions_framework.http
def hello(request):
    return "hello"
"""
_TEXT = "\n\n".join(
    f"## Service {number}\nService number {number} costs {40 + number} pounds and takes {1 + number % 5} days."
    for number in range(300)
)


@contextmanager
def platform() -> Iterator[Platform]:
    """Start servers, an instant model, the functions and a business with 300 chunks; stop all at the end."""
    with TemporaryDirectory(prefix="chatbot-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        running = Platform(Ports.free(), data, KEY)
        try:
            running.start_servers()
            running.migrate()
            module = [sys.executable, "-m", "local.bench.instant_model", "--port", str(running.ports.gemini)]
            model = spawn("instant model", module, data / "logs" / "model.log", env={"PYTHONPATH": str(ROOT)})
            running.children["gemini"] = model
            model.wait_until(lambda: answers_http(running.ports.gemini, "/"))
            running.start_functions()
            _business(running)
            yield running
        finally:
            running.stop()


def hello_source(folder: Path) -> Path:
    """Write a bare function and return its path: the floor of everything."""
    source = folder / "hello" / "main.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text(_HELLO)
    return source


def function_command(target: str, source: Path, port: int) -> list[str]:
    """Return the command that runs a function."""
    framework = Path(sys.executable).parent / "functions-framework"
    return [str(framework), "--target", target, "--source", str(source), "--host", "127.0.0.1", "--port", str(port)]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process."""
    process.terminate()
    process.wait()


def _business(running: Platform) -> None:
    admin = Admin(running.admin_url, KEY)
    limits = {"rate_limit": "1000/second", "address_rate_limit": "1000/second"}
    admin.call("POST", "/v1/businesses", {"id": BUSINESS, "name": "Bench", "limits": limits})
    path = f"/v1/businesses/{BUSINESS}"
    admin.call("POST", f"{path}/knowledge/sources", {"kind": "text", "title": "Services", "text": _TEXT})
    build(admin, path, lambda _: None)
    admin.close()

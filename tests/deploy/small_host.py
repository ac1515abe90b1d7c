"""A host made of a folder: real Postgres, Redis, nginx and services; what only root and systemd can do is stood in for.

The stand-ins are programs in front of PATH. So deploy.sh itself runs as on a server, and no test needs root.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.stack.platform import STAND_IN_KEY
from local.stack.ports import free_base, free_ports
from local.stack.servers import BUCKET
from tests.deploy.hosts import FIRST_KEY, SERVER_NAME, Run, finished
from tests.deploy.origin import Origin
from tests.deploy.site import Site

PROGRAMS = ("git", "curl", "openssl", "ss", "ps", "envsubst", "flock", "tar", "sha256sum")
ONESHOT = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
STAND_INS = {
    "id": '[ "$1" = -u ] && echo 0 || exec {id} "$@"',
    "apt-get": 'echo "apt-get $*" >>{log}; exit 1',
    "dpkg-query": "echo installed",
    "getent": 'grep -q "useradd .* $2\\$" {log} 2>/dev/null',
    "useradd": 'echo "useradd $*" >>{log}',
    "chown": 'echo "chown $*" >>{log}',
    # As us: -o and -g are dropped.
    "install": """args=()
while [ $# -gt 0 ]; do case $1 in -o|-g) shift 2 ;; *) args+=("$1"); shift ;; esac; done
exec {install} "${{args[@]}}\"""",
    # The superuser's commands reach the test's own Postgres.
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    "nginx": 'exec {nginx} -c {folder}/nginx.conf -p {folder} -e {folder}/nginx-error.log "$@"',
    "systemctl": 'exec {python} {systemctl} "$@"',
    "journalctl": 'exec {python} {folder}/bin/journalctl.py "$@"',
    "python3.13": 'exec {python} "$@"',
}
NGINX = """pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/tmp-body;
    proxy_temp_path {folder}/tmp-proxy;
    fastcgi_temp_path {folder}/tmp-fastcgi;
    uwsgi_temp_path {folder}/tmp-uwsgi;
    scgi_temp_path {folder}/tmp-scgi;
    default_type application/octet-stream;
    include {folder}/chatbot.con[f];
}}
"""


class SmallHost:
    """The folder, its stand-ins, and the servers of the platform that is given."""

    def __init__(self, folder: Path, servers: Mapping[str, int], nginx: Path, tools: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.origin = Origin(folder / "origin")
        self.checkout = str(folder / "checkout")
        self.state = str(folder / "state")
        self._servers = servers
        self.port_base = free_base(8)
        self.http_port, self.https_port = free_ports(2)
        self._make_stand_ins(nginx)
        self._environment = self._variables(tools)
        self._borrow_venv()
        cloned = self.run("git", "clone", "--quiet", str(self.origin.folder), self.checkout)
        assert cloned.code == 0, cloned.output

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> Run:
        """See `Host.run`."""
        return finished(list(command), {**self._environment, **(env or {})}, str(self.folder))

    def site(self) -> Site:
        """See `Host.site`."""
        return Site(self.https_port, self.http_port, (self.folder / "tls" / "cert.pem").read_text(), FIRST_KEY)

    def stop(self) -> None:
        """Stop every service."""
        names = [path.name for path in (self.folder / "units").glob("*.service")]
        self.run("systemctl", "stop", *names)

    def _make_stand_ins(self, nginx: Path) -> None:
        folder, programs = self.folder, self.folder / "bin"
        programs.mkdir()
        (folder / "units").mkdir()
        here = Path(__file__).parent
        shutil.copy(here / "systemctl.py", programs / "journalctl.py")
        values = {
            "id": shutil.which("id"), "install": shutil.which("install"), "python": sys.executable, "nginx": nginx,
            "log": folder / "stand-ins.log", "folder": folder, "systemctl": here / "systemctl.py",
        }  # fmt: skip
        for name, text in STAND_INS.items():
            file = programs / name
            file.write_text(f"#!/bin/bash\n{text.format(**values)}\n")
            file.chmod(0o755)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
        serve = (
            f"[Service]\nType=simple\nExecStart={programs}/nginx -g 'daemon off;'\nExecReload=/bin/kill -HUP $MAINPID\n"
        )
        (folder / "units" / "nginx.service").write_text(serve)
        for name in ("postgresql", "redis-server"):
            (folder / "units" / f"{name}.service").write_text(ONESHOT)

    def _variables(self, tools: Path) -> dict[str, str]:
        folder, servers = self.folder, self._servers
        return {
            "PATH": f"{folder}/bin:{tools}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PGHOST": "127.0.0.1", "PGPORT": str(servers["postgres"]), "PGUSER": "postgres",
            "SYSTEMCTL_STATE": str(folder / "systemctl"),
            "SYSTEMCTL_OWNER": str(os.getpid()),
            "CHATBOT_STATE_DIR": self.state,
            "CHATBOT_CONFIG_DIR": str(folder / "etc"),
            "CHATBOT_LOG_DIR": str(folder / "log"),
            "CHATBOT_BACKUP_DIR": str(folder / "backups"),
            "CHATBOT_UNIT_DIR": str(folder / "units"),
            "CHATBOT_NGINX_SITE": str(folder / "chatbot.conf"),
            "CHATBOT_ACME_DIR": str(folder / "acme"),
            "CHATBOT_LOCK_FILE": str(folder / "lock"),
            "CHATBOT_REDIS_PORT": str(servers["redis"]),
            "CHATBOT_HEALTH_SECONDS": "40",
            "PORT_BASE": str(self.port_base),
            "NGINX_SERVER_NAME": SERVER_NAME,
            "NGINX_HTTP_PORT": str(self.http_port), "NGINX_HTTPS_PORT": str(self.https_port),
            "NGINX_SSL_CERT_PATH": str(folder / "tls" / "cert.pem"),
            "NGINX_SSL_KEY_PATH": str(folder / "tls" / "key.pem"),
            "GEMINI_API_KEY": STAND_IN_KEY,
            "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{servers['gemini']}",
            "BUCKET": BUCKET,
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{servers['storage']}",
            "ADMIN_API_KEY": FIRST_KEY,
            "CORS_ALLOWED_ORIGINS": "*",
        }  # fmt: skip

    def _borrow_venv(self) -> None:
        """The packages are the ones that run this test: installing them is the drill's part."""
        identity = "{ cat requirements.lock; python3.13 -VV; } | sha256sum | cut -c1-12"
        asked = self.run("bash", "-c", f"cd {shlex.quote(str(self.origin.folder))} && {identity}")
        venv = Path(self.state) / "venvs" / asked.output.strip()
        venv.mkdir(parents=True)
        for name in ("bin", "lib"):
            (venv / name).symlink_to(Path(sys.prefix) / name)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", venv)
        (venv / ".ready").touch()


def missing_programs(tools: Path) -> list[str]:
    """Return the programs that a small host needs and this machine has not."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    runs = subprocess.run([tools / "pg_dump", "--version"], capture_output=True, check=False).returncode == 0
    return missing if runs else [*missing, "pg_dump"]

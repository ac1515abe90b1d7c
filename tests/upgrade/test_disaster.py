"""A disk is lost with the database and the bucket on it: deploy/backup.sh and restore.sh bring the platform back.

Real Postgres, real object storage, real services; only root, users and systemd are stood in for. That restore.sh starts
and checks all services is tests/deploy's. The measured times are in docs/upgrades.md.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local.seed import Admin, build
from local.stack.platform import Platform
from local.stack.ports import Ports
from shared.adapters.storage import Storage
from tests.clients import Chat
from tests.conftest import ADMIN_KEY, OPEN_LIMITS
from tests.stores.rows import raw
from tests.upgrade.small_host import SmallHost, missing_programs

PRICE = "What does a full service cost?"
TABLES = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"""
SECURITY = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text, p.polname, p.polroles::regrole[]::text,
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), c.relowner::regrole::text
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 5"""


@dataclass(frozen=True)
class Picture:
    """All that the stores hold: rows by table, objects' digests by name, and who may see what."""

    rows: dict[str, list[str]]
    objects: dict[str, str]
    security: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Drill:
    """The host after the restore, and what it was before the disaster. `visitor` was in the middle of a talk."""

    host: SmallHost
    visitor: Chat
    token: str
    before: Picture
    backup: Path
    last_audit: int


@pytest.fixture(scope="module")
def host(_gemini: Platform) -> Iterator[SmallHost]:
    """A host with servers of its own, deployed; nobody uses it yet."""
    if missing := missing_programs():
        pytest.skip(f"the scripts need programs that are not here: {', '.join(missing)}")
    folder = Path(tempfile.mkdtemp(prefix="chatbot-disaster-"))
    folder.chmod(0o755)  # Postgres may run as another user
    platform = Platform(replace(Ports.free(), gemini=_gemini.ports.gemini), folder / "servers", ADMIN_KEY)
    (folder / "servers").mkdir(mode=0o755)
    (folder / "host").mkdir()
    host = None
    try:
        platform.start_servers()
        platform.start_crm()
        host = SmallHost(folder / "host", platform)
        host.deploy()
        yield host
    finally:
        if host is not None:
            host.stop()
        platform.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def drill(host: SmallHost) -> Iterator[Drill]:
    """Business as usual, a backup, the disk lost, a new one deployed to, the backup restored."""
    host.start("chat", "admin")
    admin = Admin(host.url("admin"), ADMIN_KEY)
    client = httpx2.Client(timeout=60, trust_env=False)
    try:
        visitor, token = usual_day(host, admin, client)
        before, last_audit = picture(host.platform), newest_audit(host.platform)
        saved = host.script("backup.sh")
        assert saved.code == 0, saved.output
        backup = next((host.folder / "backups").glob("[0-9]*Z"))
        admin.call("POST", "/v1/businesses", {"id": "later", "name": "After the backup", "limits": OPEN_LIMITS})
        host.lose_disk()
        deployed = host.deploy()
        restored = host.script("restore.sh", backup, "--yes", "--keep-stopped")
        assert restored.code == 0, restored.output
        started = host.start("chat", "admin")
        seconds = {"backup": saved.seconds, "new database": deployed.seconds, "restore": restored.seconds}
        print("".join(f"\n{what}: {took:.1f} s" for what, took in {**seconds, "start": started}.items()))
        yield Drill(host, visitor, token, before, backup, last_audit)
    finally:
        client.close()
        admin.close()


def usual_day(host: SmallHost, admin: Admin, client: httpx2.Client) -> tuple[Chat, str]:
    """Make two businesses; a visitor of the first is answered from its knowledge, leaves a lead and stays."""
    for name, price in (("shop", 95), ("rival", 80)):
        path = f"/v1/businesses/{name}"
        goals = [{"id": "quote", "collect": ["name", "email"]}]
        admin.call("POST", "/v1/businesses", {"id": name, "name": name, "limits": OPEN_LIMITS, "goals": goals})
        crm = {"connector": "hubspot", "settings": {"base_url": f"{host.platform.crm_url}/hubspot"}}
        admin.call("PUT", f"{path}/crm", {**crm, "deal": {"title": "x"}, "credentials": {"access_token": "pat-local"}})
        text = {"kind": "text", "title": "Facts", "text": f"A full service costs {price} pounds."}
        admin.call("POST", f"{path}/knowledge/sources", text)
    build(admin, "/v1/businesses/shop", lambda _: None, look_every_s=0.1)
    visitor = Chat(client, host.url("chat"), "shop")
    answer = visitor.ask(PRICE)
    assert "95" in answer["reply"]["text"]
    visitor.ask("My name is Ana Lopez and my email is ana.lopez@acme-mail.com")
    verdict = {"business_id": "shop", "session_id": visitor.session_id, "message_id": answer["message_id"]}
    assert client.post(f"{visitor.url}/feedback", json={**verdict, "rating": "up"}).status_code == 204
    return visitor, answer["session_token"]


def picture(platform: Platform) -> Picture:
    """Look at everything in both stores, as their owner."""
    owner = raw("postgres", platform.ports.postgres, platform.database)
    storage = storage_of(platform)
    try:
        rows = {
            table: [row[0] for row in owner.run(f"SELECT t::text FROM {table} t ORDER BY 1")]
            for (table,) in owner.run(TABLES)
        }
        objects = {name: hashlib.sha256(storage.get(name)[0]).hexdigest() for name in storage.list_names("")}
        return Picture(rows, objects, owner.run(SECURITY))
    finally:
        owner.close()


def storage_of(platform: Platform) -> Storage:
    """Return the bucket of a platform."""
    env = platform.function_env("chat")
    return Storage(env["BUCKET"], env["STORAGE_EMULATOR_HOST"], None, 30)


def newest_audit(platform: Platform) -> int:
    """Return the audit log's last number."""
    owner = raw("postgres", platform.ports.postgres, platform.database)
    try:
        number: int = owner.run("SELECT max(id) FROM audit_log")[0][0]
        return number
    finally:
        owner.close()


def test_every_row_and_object_is_back(drill):
    """Both stores hold what they held when the backup was made, no more, no less, and who may see what is the same."""
    for table in ("businesses", "business_versions", "knowledge_builds", "crm_credentials", "crm_outbox", "feedback"):
        assert drill.before.rows[table], f"{table} is empty: nothing was tried"
    assert picture(drill.host.platform) == drill.before
    assert any(name.endswith("manifest.json") for name in drill.before.objects)


def test_chat_answers_and_the_talk_goes_on(drill):
    """A new visitor is answered from the restored index; one who was talking goes on, with their old token."""
    assert "95" in drill.visitor.visitor().ask(PRICE)["reply"]["text"]
    answer = drill.visitor.ask("Thank you! And the price again?")
    assert answer["degraded"] == []
    query = {"business_id": "shop", "session_id": drill.visitor.session_id}
    bearer = {"Authorization": f"Bearer {drill.token}"}
    history = drill.visitor.http.get(f"{drill.visitor.url}/session", params=query, headers=bearer).json()
    said = [message["text"] for message in history["messages"] if message["role"] == "user"]
    assert said[0] == PRICE
    assert len(said) == 3


def test_the_lead_that_waited_is_delivered(drill):
    """It was not delivered when the disk was lost: now it is, with the credentials that were restored."""
    assert drill.host.run("systemctl", "start", "chatbot-deliver").code == 0
    records = f"{drill.host.platform.crm_url}/hubspot/_records"
    ends = time.monotonic() + 30
    while "ana.lopez@acme-mail.com" not in (found := drill.visitor.http.get(records).text):
        assert time.monotonic() < ends, found
        time.sleep(0.1)


def test_row_level_security_holds(drill):
    """A tenant's login sees the rows of the business it names and no other's, and may not become the platform."""
    chat = raw("chatbot_chat", drill.host.platform.ports.postgres, drill.host.platform.database)
    try:
        for mine in ("shop", "rival"):
            with chat.transaction(mine):
                for table in ("business_versions", "knowledge_sources", "crm_credentials"):
                    assert set(chat.run(f"SELECT business_id FROM {table}")) == {(mine,)}
                assert chat.run("SELECT id FROM businesses") == [(mine,)]
        with chat.transaction():
            assert chat.run("SELECT id FROM businesses") == []
            assert chat.refused("SET ROLE chatbot_platform")
    finally:
        chat.close()


def test_sequences_go_on(drill):
    """What the owner does next gets a number after the last one before the backup."""
    admin = Admin(drill.host.url("admin"), ADMIN_KEY)
    try:
        admin.call("PATCH", "/v1/businesses/rival", {"name": "Rival & Sons"})
    finally:
        admin.close()
    assert newest_audit(drill.host.platform) > drill.last_audit


def test_a_damaged_backup_is_refused(drill):
    """A dump that was changed on its way is named, and nothing is stopped or touched."""
    copy = drill.host.folder / "damaged"
    shutil.copytree(drill.backup, copy)
    dump = copy / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1] + b"?")
    refused = drill.host.script("restore.sh", copy, "--yes")
    assert refused.code == 1
    assert "checksums do not hold" in refused.output
    assert "95" in drill.visitor.visitor().ask(PRICE)["reply"]["text"]


def test_a_database_that_is_gone_is_restored_too(drill):
    """Dropped by mistake, on a server that has the roles: the database alone is brought back, the bucket is left."""
    platform = drill.host.platform
    objects = picture(platform).objects
    server = raw("postgres", platform.ports.postgres, "postgres")
    server.run(f"DROP DATABASE {platform.database} WITH (FORCE)")
    server.close()
    restored = drill.host.script("restore.sh", drill.backup, "--database-only", "--yes", "--keep-stopped")
    assert restored.code == 0, restored.output
    now = picture(platform)
    assert now.rows == drill.before.rows
    assert now.objects == objects

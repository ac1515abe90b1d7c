"""The REDIS_URL that Terraform puts together: both of our clients reach a Redis over TLS with it, and no impostor."""

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.stack.platform import ROOT
from shared.adapters.limiter import CallLimiter
from shared.adapters.sessions.redis_store import connect
from shared.domain.limits import RateLimit
from tests.stores.own_servers import own_valkey


def authority(folder: Path) -> Path:
    """Make a certificate like Memorystore's: an authority of its own, that names no host of ours."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an instance of its own")])
    begins = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(begins).not_valid_after(begins + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until one side has gone."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        target.close()


def serve(listener: socket.socket, pem: Path, port: int) -> None:
    """Take TLS connections and pass them on to a Redis, as Memorystore's front does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    while True:
        try:
            raw, _ = listener.accept()
            front = context.wrap_socket(raw, server_side=True)
        except ssl.SSLError:
            continue  # a client that does not trust us
        except OSError:
            return
        back = socket.create_connection(("127.0.0.1", port))
        for pair in ((front, back), (back, front)):
            threading.Thread(target=copy, args=pair, daemon=True).start()


@pytest.fixture
def tls_redis(tmp_path):
    """A password-protected Redis behind TLS: its port, and its authority's certificate."""
    pem = authority(tmp_path)
    with own_valkey() as server, socket.create_server(("127.0.0.1", 0)) as listener:
        with connect(f"redis://127.0.0.1:{server.port}/0") as client:
            client.config_set("requirepass", "a-password")
        threading.Thread(target=serve, args=(listener, pem, server.port), daemon=True).start()
        certificate = pem.read_text().split("-----END PRIVATE KEY-----\n")[1]
        yield listener.getsockname()[1], certificate
        listener.shutdown(socket.SHUT_RDWR)


def url(port: int, *certificates: str) -> str:
    """Return the URL as modules/cache composes it."""
    composed = (ROOT / "terraform/modules/cache/main.tf").read_text()
    assert "?ssl_check_hostname=false&ssl_ca_data=${urlencode(join(" in composed
    data = quote("\n".join(certificates), safe="")
    return f"rediss://:a-password@127.0.0.1:{port}/0?ssl_check_hostname=false&ssl_ca_data={data}"


def test_both_clients_reach_it(tls_redis, tmp_path):
    """Sessions and limits; also while two authorities are announced."""
    port, certificate = tls_redis
    (tmp_path / "next").mkdir()
    following = authority(tmp_path / "next").read_text().split("-----END PRIVATE KEY-----\n")[1]
    for address in (url(port, certificate), url(port, certificate, following)):
        with connect(address) as client:
            assert client.ping()
        CallLimiter(address).hit("a-visitor", RateLimit(5, 60))
    with connect(url(port, certificate)) as client:
        assert any("limit" in key for key in client.scan_iter()), "the limiter counted in memory"


def test_an_impostor_is_refused(tls_redis, tmp_path):
    """Who shows another authority's certificate is not spoken to."""
    port, _ = tls_redis
    (tmp_path / "other").mkdir()
    other = authority(tmp_path / "other").read_text().split("-----END PRIVATE KEY-----\n")[1]
    with connect(url(port, other)) as client, pytest.raises(redis.ConnectionError):
        client.ping()

"""The crawler's client against slow servers and false certificates: one deadline for everything, names verified."""

import datetime as dt
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.stack.ports import free_ports
from shared.adapters.egress import EgressClient, FetchFailed
from tests.stores.fetches import HEAD, outcome
from tests.stores.hostile import dripping, redirect, silent


@pytest.mark.parametrize(
    "behaviour",
    [
        silent,
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        dripping(b"", b"H"),
        dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "slow-headers", "slow-status", "slow-body", "slow-chunks", "continue-for-ever"],
)
def test_slow_servers_do_not_outlast_the_deadline(egress, hostile, behaviour):
    """A server that says nothing, or a byte now and then, is left when the time is up."""
    hostile.paths["/"] = behaviour
    error, took = outcome(egress, hostile.url("/"), deadline_s=0.5)
    assert isinstance(error, FetchFailed)
    assert took < 1


def test_redirects_share_one_deadline(egress, hostile):
    """Each hop of a slow chain does not get the whole time anew."""

    def slow_redirect(connection):
        time.sleep(0.4)
        redirect("/")(connection)

    hostile.paths["/"] = slow_redirect
    error, took = outcome(egress, hostile.url("/"), deadline_s=1.0)
    assert isinstance(error, FetchFailed)
    assert took < 1.6


def test_connecting_does_not_outlast_the_deadline():
    """A host that lets connections wait costs no more than the deadline, whatever the pause allowed within a fetch."""
    (port,) = free_ports(1)
    with socket.socket() as full:
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(("127.0.0.1", port))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]  # they fill the queue of a server that never accepts
        for connection in waiting:
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
        egress = EgressClient(allow=[f"127.0.0.1:{port}"], timeout_s=2.0)
        error, took = outcome(egress, f"http://127.0.0.1:{port}/", deadline_s=0.5)
        egress.close()
        for connection in waiting:
            connection.close()
    assert isinstance(error, FetchFailed)
    assert took < 1.5


def test_slow_handshake_does_not_outlast_the_deadline(hostile):
    """A server that never ends the TLS handshake is left when the time is up."""
    egress = EgressClient(allow=[f"127.0.0.1:{hostile.port}"], timeout_s=2.0)
    error, took = outcome(egress, f"https://127.0.0.1:{hostile.port}/", deadline_s=0.5)
    egress.close()
    assert isinstance(error, FetchFailed)
    assert took < 1


@pytest.fixture
def self_signed(tmp_path):
    """A certificate for shop.example that no authority signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_certificates_are_verified(self_signed):
    """A server that cannot prove its name gets no request: the failure says that it is TLS."""
    received: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                received.append(self_signed.wrap_socket(connection, server_side=True).recv(100))
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        egress = EgressClient(allow=[f"shop.example:{port}"], timeout_s=2.0, resolver=lambda *_: ["127.0.0.1"])
        error, _ = outcome(egress, f"https://shop.example:{port}/")
        egress.close()
        thread.join(5)
    assert isinstance(error, FetchFailed)
    assert "TLS" in str(error)
    assert received == []

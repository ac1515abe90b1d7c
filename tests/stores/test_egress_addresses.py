"""Which addresses the crawler's client connects to: public ones alone, checked once, and that one is used."""

import ipaddress
import threading
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.adapters.egress import EgressClient, EgressRefused, FetchFailed, is_public
from tests.stores.hostile import hostile_server, redirect, response, sending

MAX = 1000
OK = response(b"fine")
# IANA's special-purpose registries: not globally reachable, or not to be reached by a crawler.
SPECIAL_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "255.255.255.255/32", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.170/32", "192.0.0.171/32",
)  # fmt: skip
SPECIAL_V6 = (
    "::/128", "::1/128", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8", "64:ff9b:1::/48",
)  # fmt: skip
# Forms in which an IPv4 address hides inside an IPv6 one.
WRAPPINGS: dict[str, Callable[[int], int]] = {
    "mapped": lambda v4: 0xFFFF << 32 | v4,
    "nat64": lambda v4: 0x0064FF9B << 96 | v4,
    "6to4": lambda v4: 0x2002 << 112 | v4 << 80 | 1,
    "teredo": lambda v4: 0x20010000 << 96 | 0x08080808 << 64 | (v4 ^ 0xFFFFFFFF),
}


class Names:
    """A resolver whose answers are set by the test, one after the other; the last one stays. Remembers who asked."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self._guard = threading.Lock()

    def __call__(self, host: str, _: int) -> list[str]:
        """Resolve a name."""
        with self._guard:
            self.asked.append(host)
            answers = self._answers[host.replace(".", "_")]
            return answers.pop(0) if len(answers) > 1 else answers[0]


@given(st.sampled_from(SPECIAL_V4), st.integers(0, 2**32 - 1))
@example("192.0.0.8/32", 0)
def test_special_ipv4_is_never_public(network, number):
    """No address of a special IPv4 range is public, plain or hidden in an IPv6 one."""
    net = ipaddress.ip_network(network)
    v4 = net[number % net.num_addresses]
    assert not is_public(str(v4))
    for wrap in WRAPPINGS.values():
        assert not is_public(str(ipaddress.IPv6Address(wrap(int(v4)))))


@given(st.sampled_from(SPECIAL_V6), st.integers(0, 2**128 - 1))
@example("fec0::/10", 1)
@example("3fff::/20", 1)
def test_special_ipv6_is_never_public(network, number):
    """No address of a special IPv6 range is public, with a zone or without."""
    net = ipaddress.ip_network(network)
    address = net[number % net.num_addresses]
    assert not is_public(str(address))
    assert not is_public(f"{address}%eth0")


@given(st.integers(0, 2**32 - 1))
def test_public_ipv4_agrees_with_the_library(number):
    """What is public is so by the standard library's account too, and an embedded address counts like a plain one."""
    v4 = ipaddress.IPv4Address(number)
    public = is_public(str(v4))
    assert not public or (v4.is_global and not v4.is_multicast and not v4.is_reserved)
    for wrap in WRAPPINGS.values():
        assert is_public(str(ipaddress.IPv6Address(wrap(number)))) == public


@given(st.integers(0, 2**128 - 1))
def test_public_ipv6_agrees_with_the_library(number):
    """What is public is so by the standard library's account too, unless it carries a public IPv4 address."""
    v6 = ipaddress.IPv6Address(number)
    if is_public(str(v6)) and not (v6.ipv4_mapped or v6.sixtofour or v6.teredo):
        assert v6.is_global
        assert not any((v6.is_multicast, v6.is_reserved, v6.is_site_local, v6.is_link_local, v6.is_loopback))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1"])
def test_ordinary_addresses_are_public(address):
    """The open internet is reachable."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "localhost", "LOCALHOST",
        "localhost.", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[fe80::1%25lo]", "１２７.0.0.1", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%31%32%37.0.0.1",
        "127.0.0.1%00.example",
    ],
)  # fmt: skip
def test_every_spelling_of_this_machine_is_refused(host):
    """However loopback is written, nothing connects to it."""
    with hostile_server() as server:
        server.paths["/"] = sending(OK)
        egress = EgressClient()
        with pytest.raises((EgressRefused, FetchFailed)):
            egress.get(f"http://{host}:{server.port}/", max_bytes=MAX, deadline_s=3)
        egress.close()
        assert server.connections == 0


@pytest.mark.parametrize(
    "answers",
    [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"], ["::ffff:192.168.0.1"]],
)
def test_one_private_address_refuses_the_host(answers):
    """A name with any inner address among its own is refused before anything connects."""
    names = Names(shop_example=[answers])
    egress = EgressClient(resolver=names)
    with pytest.raises(EgressRefused):
        egress.get("http://shop.example/", max_bytes=MAX)
    egress.close()
    assert names.asked == ["shop.example"]


def test_the_checked_address_is_the_one_connected_to():
    """A name is resolved once a connection, and the connection goes there, not to what the name means later."""
    with hostile_server() as first, hostile_server("127.0.0.2", first.port) as second:
        first.paths["/"], second.paths["/"] = sending(response(b"first")), sending(response(b"second"))
        names = Names(shop_example=[["127.0.0.1"], ["127.0.0.2"]])
        egress = EgressClient(allow=[f"shop.example:{first.port}"], resolver=names)
        assert egress.get(first.url("/", "shop.example"), max_bytes=MAX).body == b"first"
        assert names.asked == ["shop.example"]
        assert f"Host: shop.example:{first.port}".lower() in first.requests[0].lower()
        assert egress.get(first.url("/", "shop.example"), max_bytes=MAX).body == b"second"
        assert names.asked == ["shop.example"] * 2
        egress.close()


def test_rebinding_between_hops_is_refused():
    """A host that resolves to an inner address the second time is refused then, though it was fine the first time."""
    with hostile_server() as server:
        server.paths["/"] = redirect(f"http://evil.example:{server.port}/secret")
        server.paths["/secret"] = sending(OK)
        names = Names(shop_example=[["127.0.0.1"]], evil_example=[["127.0.0.1"]])
        egress = EgressClient(allow=[f"shop.example:{server.port}"], resolver=names)
        with pytest.raises(EgressRefused):
            egress.get(server.url("/", "shop.example"), max_bytes=MAX)
        egress.close()
        assert len(server.requests) == 1


def test_exceptions_are_for_one_port_of_one_host():
    """What the operator allows is that host at that port: no other port, no other name of the same machine."""
    with hostile_server() as server, hostile_server() as other:
        server.paths["/"], other.paths["/"] = sending(OK), sending(OK)
        egress = EgressClient(allow=[f"127.0.0.1:{server.port}"])
        assert egress.get(server.url("/"), max_bytes=MAX).body == b"fine"
        for url in (other.url("/"), server.url("/", "localhost"), server.url("/", "[::ffff:127.0.0.1]")):
            with pytest.raises((EgressRefused, FetchFailed)):
                egress.get(url, max_bytes=MAX, deadline_s=3)
        egress.close()
        assert other.connections == 0


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://münchen.example/", "xn--mnchen-3ya.example"), ("http://SHOP.Example/", "shop.example"),
        ("http://shop.example./", "shop.example."), ("http://shop.example\t/", "shop.example"),
    ],
)  # fmt: skip
def test_names_are_asked_for_in_their_ascii_form(url, host):
    """International names are resolved and sent as the network spells them."""
    names = Names(**{host.replace(".", "_"): [["10.0.0.1"]]})
    egress = EgressClient(resolver=names)
    with pytest.raises(EgressRefused):
        egress.get(url, max_bytes=MAX)
    egress.close()
    assert names.asked == [host]


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "//shop.example/", "ftp://shop.example/", "file:///etc/passwd", "http://", "http:///x",
        "http://user@shop.example/", "http://:secret@shop.example/", "http://a\\@shop.example/", "http://[::1",
        "http://shop.example:0x50/", "http://shop.example:70000/", "http://é..example/", "http://" + "é" * 80 + "/",
        "http://" + "a" * 300 + ".example/", "unix:/run/docker.sock", "http+unix://%2Frun%2Fdocker.sock/", "http://\ud800/",
    ],
)  # fmt: skip
def test_what_is_not_a_web_address_is_refused_in_our_words(url):
    """No text at all raises anything else than the two errors a crawl reports as a page's reason."""
    egress = EgressClient()
    with pytest.raises((EgressRefused, FetchFailed)):
        egress.get(url, max_bytes=MAX, deadline_s=3)
    egress.close()

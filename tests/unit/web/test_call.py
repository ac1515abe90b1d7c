"""A call: whose address it comes from, and how a reply becomes a response."""

import json

import pytest
from pydantic import BaseModel

from shared.web.call import Reply, address_of
from tests.unit.web.http_request import http_request

PEER = "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        (None, 0, PEER),
        ("192.0.2.7", 0, PEER),
        (None, 1, PEER),
        ("", 1, PEER),
        (" , ,", 1, PEER),
        ("192.0.2.7", 1, "192.0.2.7"),
        ("1.1.1.1, 192.0.2.7", 1, "192.0.2.7"),
        ("1.1.1.1,2.2.2.2 ,  192.0.2.7", 2, "2.2.2.2"),
        ("192.0.2.7", 2, PEER),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("x" * 500, 1, "x" * 64),
        ("1.1.1.1, evil\tname", 1, "evil\tname"),
    ],
)
def test_only_what_trusted_proxies_wrote_is_believed(forwarded, proxies, address):
    """The last entries are theirs, the first is the caller's claim; without proxies the header counts for nothing."""
    environ = {"REMOTE_ADDR": PEER} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {})
    assert address_of(http_request(environ=environ), proxies) == address


def test_a_caller_cannot_choose_its_address():
    """Whatever it puts in front of the proxy's entry."""
    for claim in ("", "6.6.6.6, ", "6.6.6.6, 7.7.7.7, ", ", , ", "\u00ff, "):
        environ = {"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": f"{claim}192.0.2.7"}
        assert address_of(http_request(environ=environ), 1) == "192.0.2.7"


def test_a_call_without_any_address_has_an_empty_one():
    """Some servers do not say."""
    assert address_of(http_request(environ={"REMOTE_ADDR": None}), 0) == ""


class _Model(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [
        (Reply({"a": "ä"}), 200, '{"a":"ä"}'),
        (Reply([]), 200, "[]"),
        (Reply(_Model(name="ä")), 200, '{"name":"ä"}'),
        (Reply(), 204, ""),
        (Reply(status=202), 202, ""),
        (Reply({"x": 1}, 201), 201, '{"x":1}'),
    ],
)
def test_a_reply_becomes_json_or_nothing(reply, status, body):
    """Models, values and empty answers."""
    response = reply.response()
    assert (response.status_code, response.get_data(as_text=True)) == (status, body)
    assert not body or json.loads(body) == response.get_json()
    assert Reply({}, headers={"ETag": '"1"'}).response().headers["ETag"] == '"1"'

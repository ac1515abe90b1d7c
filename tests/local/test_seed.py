"""What `make run` puts into the platform: the demo's CRM, and nobody's own choice undone."""

from typing import Any

import pytest

from local.seed import Admin, ensure_crm

STAND_IN = "http://127.0.0.1:8089/hubspot"


class Platform(Admin):
    """An admin API that has one connection; remembers what is put."""

    def __init__(self, crm: dict[str, Any] | None) -> None:
        self._crm = crm
        self.put: list[dict[str, Any]] = []

    def call(self, method: str, path: str, json_body: Any = None, *, missing_ok: bool = False) -> Any:  # noqa: ARG002
        """See `Admin.call`."""
        assert path == "/v1/businesses/demo/crm"
        if method == "PUT":
            self.put.append(json_body)
        return {"crm": self._crm}


def put(crm: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return what is put where this connection is there."""
    platform = Platform(crm)
    ensure_crm(platform, "/v1/businesses/demo", STAND_IN)
    return platform.put


def test_without_a_crm_the_stand_in_is_connected():
    """Contacts, deals and notes go there, with the stand-in's token."""
    (made,) = put(None)
    assert made["settings"] == {"base_url": STAND_IN}
    assert made["credentials"] == {"access_token": "pat-local"}
    assert (made["connector"], made["notes"], made["deal"]) == ("hubspot", True, {"title": "${name}: ${goal}"})


def test_the_stand_in_is_followed_to_another_port():
    """What else was chosen meanwhile stays."""
    settings = {"base_url": "http://127.0.0.1:9089/hubspot", "ref_property": "ours"}
    (made,) = put({"connector": "hubspot", "settings": settings, "deal": None, "existing": "overwrite"})
    assert made["settings"] == {"base_url": STAND_IN, "ref_property": "ours"}
    assert (made["deal"], made["existing"]) == (None, "overwrite")


@pytest.mark.parametrize(
    "settings",
    [{"base_url": STAND_IN}, {}, {"base_url": "https://crm.example/hubspot"}, {"base_url": "http://127.0.0.1:1/shop"}],
    ids=["there", "real", "other", "other-stand-in"],
)
def test_any_other_connection_is_left_alone(settings):
    """Whoever connects a CRM of their own keeps it."""
    assert put({"connector": "hubspot", "settings": settings}) == []

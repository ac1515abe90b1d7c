"""A search for a person that goes on over several calls. What it knows meanwhile travels sealed, in `next`."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.person import Search
from shared.adapters.vault import Vault, VaultError
from shared.api.admin.privacy_models import PersonIn, SubjectOut
from shared.domain.business import BusinessConfig
from shared.domain.errors import FieldError, Invalid
from shared.domain.subject import Subject, SubjectKind, number_of
from shared.web.tenant_secrets import TenantSecrets

_PURPOSE = "privacy search"
_PARTS = ("emails", "phones", "session_ids", "user_ids")


@dataclass
class Progress:
    """A search, and what the calls so far have come to."""

    search: Search
    counts: dict[str, int] = field(default_factory=dict)
    contacts: list[str] = field(default_factory=list)
    erased: int = 0

    def add(self, counts: dict[str, int]) -> None:
        """Count rows that went."""
        for store, n in counts.items():
            self.counts[store] = self.counts.get(store, 0) + n


def begin(body: PersonIn, config: BusinessConfig) -> Progress:
    """Return the search for whom a request names.

    Raises:
        Invalid: it is no number, or one of the business's own.
    """
    value = normal(body.kind, body.value, config.region)
    ignored = _own(config)
    if value in ignored:
        raise Invalid([FieldError((body.kind,), f"{body.kind}: is the business's own; it is in every conversation")])
    names = {"email": "emails", "phone": "phones", "session_id": "sessions", "user_id": "users"}
    subject = Subject().also(**{names[body.kind]: (value,)})
    follow = body.kind != "session_id" if body.follow is None else body.follow
    return Progress(Search(subject, follow, ignored, config.region))


def normal(kind: SubjectKind, value: str, region: str) -> str:
    """Return the one form of a value: addresses in small letters, numbers in E.164."""
    if kind == "email":
        return value.casefold()
    if kind != "phone":
        return value
    number = number_of(value, region)
    if not number:
        raise Invalid([FieldError(("phone",), "phone: is no number")])
    return number


def told(secrets: TenantSecrets, business_id: str, body: PersonIn, region: str) -> SubjectOut:
    """Return what stands for the person."""
    value = normal(body.kind, body.value, region)
    return SubjectOut(kind=body.kind, hash=secrets.subject(business_id, body.kind, value))


def dump(vault: Vault, business_id: str, body: PersonIn, progress: Progress) -> str:
    """Return a progress as `next` carries it."""
    search = progress.search
    state = {
        "for": [body.kind, body.value],
        "subject": {name: sorted(getattr(search.subject, name)) for name in _PARTS},
        "follow": search.follow, "sessions": sorted(search.sessions), "users": sorted(search.users),
        "position": search.position, "unreadable": search.unreadable,
        "counts": progress.counts, "contacts": progress.contacts, "erased": progress.erased,
    }  # fmt: skip
    return base64.urlsafe_b64encode(vault.seal(business_id, _PURPOSE, json.dumps(state).encode())).decode()


def load(vault: Vault, business_id: str, body: PersonIn, config: BusinessConfig) -> Progress:
    """Return the progress that `next` carries; Invalid when it is not one that was given for this person."""
    try:
        sealed = base64.urlsafe_b64decode((body.next or "").encode())
        state: dict[str, Any] = json.loads(vault.open(business_id, _PURPOSE, sealed))
    except (binascii.Error, ValueError, VaultError):
        raise _invalid() from None
    if state["for"] != [body.kind, body.value]:
        raise _invalid()
    subject = Subject(**{name: frozenset(state["subject"][name]) for name in _PARTS})
    search = Search(
        subject, state["follow"], _own(config), config.region, set(state["sessions"]), set(state["users"]),
        (state["position"][0], state["position"][1], state["position"][2]), state["unreadable"],
    )  # fmt: skip
    return Progress(search, state["counts"], state["contacts"], state["erased"])


def _own(config: BusinessConfig) -> frozenset[str]:
    """Return addresses and numbers of the business itself, which stand in conversations of everybody."""
    voice = config.voice
    numbers = [config.contact.phone, voice.number if voice else None]
    numbers.append(voice.transfer.number if voice and voice.transfer else None)
    known = {number_of(one, config.region) for one in numbers if one}
    known |= {one.casefold() for one in (config.contact.email, config.handoff.email) if one}
    return frozenset(known - {""})


def _invalid() -> Invalid:
    return Invalid([FieldError(("next",), "next: was not given for this person")])

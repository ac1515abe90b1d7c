"""HubSpot's errors, with the texts and shapes it uses."""

import json
import uuid
from collections.abc import Mapping, Sequence

from local.crm.vendor import Json

PORTAL = 46962361
SCOPES_LINK = "https://developers.hubspot.com/scopes"


class HubSpotError(Exception):
    """A call that is answered with an error."""

    def __init__(self, status: int, message: str, category: str = "VALIDATION_ERROR", **extra: object) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.extra = extra
        self.headers: dict[str, str] = {}

    def body(self) -> Json:
        """The answer's JSON."""
        correlation = str(uuid.uuid4())
        return {
            "status": "error", "message": self.message, "correlationId": correlation, **self.extra,
            "category": self.category,
        }  # fmt: skip

    def item(self, context: Mapping[str, list[str]]) -> Json:
        """The error as it stands in the answer to a batch."""
        return {"status": "error", "category": self.category, "message": self.message, "context": dict(context)}


def unreadable(why: str) -> HubSpotError:
    """A body that is not what the path takes."""
    return HubSpotError(400, f"Invalid input JSON on line 1, column 1: {why}")


def missing() -> HubSpotError:
    """A record or a path that is not there."""
    return HubSpotError(404, "resource not found", "OBJECT_NOT_FOUND")


def no_objects(label: str, ids: Sequence[str]) -> HubSpotError:
    """Records of a batch that are not there."""
    error = HubSpotError(
        404,
        f"Could not get some {label} objects, they may be deleted or not exist. Check that ids are valid.",
        "OBJECT_NOT_FOUND",
    )
    error.extra["context"] = {"ids": list(ids)}
    return error


def contact_exists(record_id: str, *, anonymous: bool = False) -> HubSpotError:
    """A second contact with the same address."""
    which = "" if anonymous else f" Existing ID: {record_id}"
    return HubSpotError(409, f"Contact already exists.{which}", "CONFLICT")


def value_taken(label: str, name: str, value: str, record_id: str, holder: str) -> HubSpotError:
    """A value of a unique property that another record has."""
    where = f"portalId={PORTAL}, objectTypeId=ObjectTypeId{{legacyObjectType={label}}}, propertyName={name}"
    coordinates = f"PropertyValueCoordinates{{{where}, value={value}}}"
    return HubSpotError(400, f"Cannot set {coordinates} on {record_id}. {holder} already has that value.")


def invalid_values(problems: Sequence[tuple[str, str, str]]) -> HubSpotError:
    """Values that their properties do not take: (name, code, message) of each."""
    listed = [
        {"isValid": False, "message": text, "error": code, "name": name, "localizedErrorMessage": text,
         "portalId": PORTAL}
        for name, code, text in problems
    ]  # fmt: skip
    details = [{"message": text, "code": code, "context": {"propertyName": [name]}} for name, code, text in problems]
    message = f"Property values were not valid: {json.dumps(listed, separators=(',', ':'))}"
    return HubSpotError(400, message, errors=details)


def not_unique(type_id: str, name: str) -> HubSpotError:
    """A property that cannot identify records."""
    return HubSpotError(400, f"Unable to perform update/upsert by non-unique {type_id} property {name}")


def bad_association(label: str, record_id: str) -> HubSpotError:
    """A record that was to be linked and is not there."""
    context = {"INVALID_OBJECT_IDS": [f"{label}={record_id} is not valid"]}
    return HubSpotError(400, "One or more associations are not valid", context=context)


def lacks(*scopes: str) -> HubSpotError:
    """A call beyond what the app was granted. Scopes for sensitive data would do as well, so they are listed too."""
    sensitive = [f"{a}.sensitive.{b}.v2" for a, _, b in (scope.rpartition(".") for scope in scopes)]
    return HubSpotError(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {SCOPES_LINK}.",
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [*scopes, *sensitive]},
            }
        ],
        links={"scopes": SCOPES_LINK},
    )


def unauthenticated() -> HubSpotError:
    """No token, or one that was never given."""
    return HubSpotError(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        "INVALID_AUTHENTICATION",
    )


def expired() -> HubSpotError:
    """A token whose time is over."""
    return HubSpotError(
        401,
        "The OAuth token used to make this call expired 3 minute(s) ago.",
        "EXPIRED_AUTHENTICATION",
        context={"expire time": ["2026-11-02T09:00:00.000Z"]},
    )


def limited(policy: str, retry_after_s: object) -> HubSpotError:
    """Too many calls."""
    error = HubSpotError(
        429,
        f"You have reached your {policy.lower()} limit.",
        "RATE_LIMITS",
        errorType="RATE_LIMIT",
        policyName=policy,
        groupName="publicapi:private-apps:api-calls-per-ten-seconds",
    )
    if retry_after_s is not None:
        error.headers["Retry-After"] = str(retry_after_s)
    return error

"""Salesforce's errors: a status and a list of what is wrong."""

from typing import Any

from local.crm.vendor import Json


class ApiError(Exception):
    """A call is refused. `more` are further members of the one error listed."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None, **more: Any) -> None:  # noqa: ANN401
        super().__init__(message)
        self.status = status
        self.body: Any = [{**more, "message": message, "errorCode": code}]
        if fields is not None:
            self.body[0]["fields"] = fields


class SeveralError(Exception):
    """An external id matches several records: their URLs are the answer, with status 300."""

    def __init__(self, urls: list[str]) -> None:
        super().__init__("several records")
        self.urls = urls


def not_found() -> ApiError:
    """What is not there."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def no_column(name: str, kind: str) -> ApiError:
    """A field the object has not got."""
    return ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")


def unreadable(wanted: str, value: object) -> ApiError:
    """A value of another JSON type than the field's."""
    found = "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER_INT"
    message = f"Cannot deserialize instance of {wanted} from {found} value {value} or request may be missing a required"
    return ApiError(400, "JSON_PARSER_ERROR", f"{message} field at [line:1, column:2]")


def named(kind: str) -> tuple[int, list[Json]]:
    """The errors a test can ask for."""
    status, code, message = {
        "error": (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
        "unavailable": (503, "SERVER_UNAVAILABLE", "Server is unavailable"),
        "limited": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        "expired": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
        "forbidden": (403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"),
        "refused": (400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: x"),
    }[kind]
    fields = {"fields": ["Email"]} if kind == "refused" else {}
    return status, [{"message": message, "errorCode": code, **fields}]

"""Twilio's errors as its REST API words them."""

from starlette.responses import JSONResponse, Response

from local.crm.vendor import Settings


class ApiError(Exception):
    """A refused request."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def response(self) -> Response:
        """Return it as Twilio sends it."""
        body = {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        unauthorised = {"WWW-Authenticate": 'Basic realm="Twilio API"'}
        return JSONResponse(body, self.status, unauthorised if self.code == AUTHENTICATE.code else None)


AUTHENTICATE = ApiError(401, 20003, "Authenticate")


def not_found(path: str) -> ApiError:
    """Return what is said of a resource that is not there."""
    return ApiError(404, 20404, f"The requested resource {path} was not found")


class Failures:
    """The errors that can be asked for, in the form that `local.crm.faults` wants."""

    name = "twilio"
    settings = Settings()

    def failed(self, kind: str) -> Response:
        """Return Twilio's form of a fault."""
        errors = {
            "error": ApiError(500, 20500, "An internal server error has occurred"),
            "unavailable": ApiError(503, 20503, "Service is unavailable. Please try again"),
            "limited": ApiError(429, 20429, "Too Many Requests"),
            "expired": AUTHENTICATE,
            "forbidden": ApiError(403, 20006, "Access Denied"),
            "refused": ApiError(400, 20001, "Invalid parameter value"),
        }
        return errors[kind].response()

"""Requests for a person's data, and a business's whole: routes."""

from shared.api.admin import privacy, privacy_models
from shared.api.admin.services import AdminServices
from shared.web.router import Route

_ONE = "/v1/businesses/<business_id>"
_MAX_BODY = 128 * 1024  # `next` names every conversation found so far

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("POST", f"{_ONE}/privacy/export", privacy.export_person, "All that is kept of a person",
          "write", also=("read",), body=privacy_models.PersonIn, result=privacy_models.ExportedOut, max_body=_MAX_BODY),
    Route("POST", f"{_ONE}/privacy/erase", privacy.erase_person, "Erase all that is kept of a person, with a proof",
          "write", body=privacy_models.EraseIn, result=privacy_models.ErasedOut, max_body=_MAX_BODY),
    Route("GET", f"{_ONE}/export", privacy.export_business, "Everything of a business, a line of JSON a row",
          "write", also=("read", "analytics"), media_types=("application/x-ndjson",)),
)  # fmt: skip

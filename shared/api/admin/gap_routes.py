"""Questions that had no answer: routes."""

from shared.api.admin import gap_models, gaps
from shared.api.admin.services import AdminServices
from shared.web.router import Route
from shared.web.spreadsheet import MEDIA_TYPE

_GAPS = "/v1/businesses/<business_id>/knowledge/gaps"
_GROUP = f"{_GAPS}/<group_id>"

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("GET", _GAPS, gaps.list_groups, "Questions without an answer, grouped by what they mean",
          "read", query=gap_models.GapsQuery, result=gap_models.GroupsOut,
          media_types=("application/json", MEDIA_TYPE)),
    Route("GET", _GROUP, gaps.get_group, "Get one group", "read", result=gap_models.GroupOut),
    Route("POST", f"{_GROUP}/answer", gaps.answer, "Answer a group: the pair becomes part of the knowledge",
          "write", body=gap_models.AnswerIn, result=gap_models.AnsweredOut, errors=(409,)),
    Route("POST", f"{_GROUP}/dismiss", gaps.dismiss, "Say that a group needs no answer",
          "write", result=gap_models.GroupOut),
    Route("POST", f"{_GROUP}/reopen", gaps.reopen, "Forget what was decided on a group",
          "write", result=gap_models.GroupOut),
)  # fmt: skip

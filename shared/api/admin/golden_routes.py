"""The golden questions and the index that they judge: routes."""

from shared.api.admin import golden, golden_models, index
from shared.api.admin.services import AdminServices
from shared.domain.golden import GoldenQuestion, GoldenSet
from shared.web.router import Route

_KNOWLEDGE = "/v1/businesses/<business_id>/knowledge"
_GOLDEN = f"{_KNOWLEDGE}/golden"

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("GET", _GOLDEN, golden.get_all, "Get the golden questions, as JSON or CSV",
          "read", query=golden_models.GoldenQuery, result=golden_models.GoldenOut,
          media_types=("application/json", "text/csv")),
    Route("PUT", _GOLDEN, golden.put_all, "Replace the golden questions: JSON, or a table as text/csv",
          "write", result=golden_models.GoldenOut, json_form=GoldenSet, max_body=golden.MAX_BODY),
    Route("POST", _GOLDEN, golden.add, "Add a golden question",
          "write", body=GoldenQuestion, result=GoldenQuestion, status=201, errors=(409,)),
    Route("DELETE", f"{_GOLDEN}/<question_id>", golden.remove, "Remove a golden question", "write", status=204),
    Route("POST", f"{_GOLDEN}/run", golden.run, "Ask the index in use the golden questions",
          "read", body=golden_models.RunIn, result=golden_models.RunOut),
    Route("GET", f"{_KNOWLEDGE}/index", index.get, "What answers, and the builds that could take its place",
          "read", result=golden_models.IndexOut),
    Route("POST", f"{_KNOWLEDGE}/builds/<build_id>/publish", index.publish,
          "Switch to a build that was held back, or back to one that is kept",
          "write", result=golden_models.IndexOut, errors=(409,)),
)  # fmt: skip

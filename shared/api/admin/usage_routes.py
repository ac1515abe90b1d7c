"""The routes of usage: of one business for who may see its analytics, of all for the platform."""

from shared.api.admin import models, usage, usage_models
from shared.api.admin.services import AdminServices
from shared.web.router import Route

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("GET", "/v1/businesses/<business_id>/usage", usage.of_business, "What a business used, and its budget",
          "analytics", query=usage_models.UsageQuery, result=usage_models.UsageOut),
    Route("GET", "/v1/usage", usage.of_all, "What each business used, the dearest first",
          "analytics", platform=True, query=usage_models.PlatformUsageQuery,
          result=models.Page[usage_models.BusinessUsageOut]),
)  # fmt: skip

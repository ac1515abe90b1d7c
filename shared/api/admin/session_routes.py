"""Where conversations are: routes."""

from shared.api.admin import session_models, sessions
from shared.api.admin.services import AdminServices
from shared.web.router import Route

_SESSIONS = "/v1/businesses/<business_id>/sessions"
_SESSION = f"{_SESSIONS}/<session_id>"

ROUTES: tuple[Route[AdminServices], ...] = (
    Route("GET", _SESSIONS, sessions.list_sessions, "List conversations, or search them by what was said",
          "read", query=session_models.SessionsQuery, result=session_models.SessionsOut),
    Route("GET", _SESSION, sessions.get_session, "Get a conversation", "read", result=session_models.SessionDetail),
    Route("GET", f"{_SESSION}/export", sessions.export_session, "Get a conversation as a file",
          "read", result=session_models.SessionDetail),
    Route("DELETE", _SESSION, sessions.erase_session, "Erase a conversation", "write", status=204),
)  # fmt: skip

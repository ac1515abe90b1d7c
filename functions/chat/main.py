"""The chat function: visitors talk to a business's assistant. Translates nothing, decides nothing: see shared/."""

import sys

import functions_framework
from flask import Request, Response
from werkzeug.exceptions import HTTPException

from shared import apps, logs
from shared.config import ConfigError, Settings
from shared.web.problems import runtime_error

try:
    settings = Settings.read(("database", "model", "bucket", "secrets_key"))
except ConfigError as error:
    sys.exit(str(error))
logs.configure(settings.log_level)
app = apps.chat_app(settings)
functions_framework.errorhandler(HTTPException)(runtime_error)


@functions_framework.http
def chat(request: Request) -> Response:
    """Answer one HTTP request."""
    return app.handle(request)

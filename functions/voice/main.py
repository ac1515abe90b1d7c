"""The voice function: Twilio asks what to do with a call. Translates nothing, decides nothing: see shared/."""

import sys

import functions_framework
from flask import Request, Response
from werkzeug.exceptions import HTTPException

from shared import apps, logs
from shared.config import ConfigError, Settings
from shared.web.problems import runtime_error

try:
    settings = Settings.read(("database", "model", "bucket", "secrets_key", "public_voice_url"))
except ConfigError as error:
    sys.exit(str(error))
logs.configure(settings.log_level)
app = apps.voice_app(settings)
functions_framework.errorhandler(HTTPException)(runtime_error)


@functions_framework.http
def voice(request: Request) -> Response:
    """Answer one HTTP request."""
    return app.handle(request)

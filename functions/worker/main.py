"""The worker function: what happens outside of turns. Translates nothing, decides nothing: see shared/."""

import sys

import functions_framework
from flask import Request, Response
from werkzeug.exceptions import HTTPException

from shared import apps, logs
from shared.config import ConfigError, Settings
from shared.web.problems import runtime_error

try:
    settings = Settings.read(("database", "secrets_key", "bucket"))
except ConfigError as error:
    sys.exit(str(error))
logs.configure(settings.log_level)
app = apps.worker_app(settings)
functions_framework.errorhandler(HTTPException)(runtime_error)


@functions_framework.http
def worker(request: Request) -> Response:
    """Answer one HTTP request."""
    return app.handle(request)

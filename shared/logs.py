"""Structured logs: one JSON object a line, a constant event name, values as fields. Personal data only under `pii_`."""

import hashlib
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_context: ContextVar[dict[str, str]] = ContextVar("log_context", default={})  # noqa: B039 - never mutated, replaced


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "severity": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **_context.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configure(level: str) -> None:
    """Send every log line of the process to stderr as JSON, from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("google", "httpx2", "httpcore2", "urllib3", "pypdf", "trafilatura", "courlan", "htmldate"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def event(logger: logging.Logger, name: str, level: int = logging.INFO, **fields: object) -> None:
    """Log the event `name` with `fields`; with an exception being handled at ERROR, its stack too."""
    trace = level >= logging.ERROR and sys.exc_info()[0] is not None
    logger.log(level, name, extra={"fields": fields}, exc_info=trace)


def pseudonym(value: str) -> str:
    """Return a short stable stand-in for an id that may be personal: a session's can be an e-mail address."""
    return hashlib.blake2s(value.encode(), digest_size=8).hexdigest()


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Put `ids` (request, business, session, message) on every line logged inside."""
    token = _context.set({**_context.get(), **ids})
    try:
        yield
    finally:
        _context.reset(token)

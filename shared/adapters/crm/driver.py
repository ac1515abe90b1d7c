"""Sends what a connector's steps ask for: paced, signed, bounded in time and size, repeated where that is harmless."""

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from shared.adapters.crm.pace import CrmPace
from shared.adapters.crm.tokens import PATIENCE_S, Account, TokenKeeper, driven
from shared.adapters.egress import EgressClient, EgressRefused, FetchFailed, TooMuch
from shared.crm.connector import Token
from shared.crm.failure import CrmError
from shared.crm.wire import Request, Response, Steps
from shared.logs import event
from shared.ports import Clock

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["Account", "CrmDriver"]

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)

USER_AGENT = "ChatbotPlatform/1.0"
CALL_S = 10.0
# With less time than this a call is not begun: nobody would know what became of it.
MIN_CALL_S = 0.2
MAX_BYTES = 4 * 1024 * 1024
ATTEMPTS = 3
# A wait the CRM asks for that is worth it; a longer one is the caller's matter.
SHORT_WAIT_S = 2.0
# For a CRM that says "too many calls" and not for how long.
PAUSE_S = 2.0
# What the steps need not deal with; they judge every other answer themselves ("not there", "exists already").
_OURS = ("unauthorised", "limited", "unavailable")


@dataclass(frozen=True)
class _Outcome:
    """How a call went. `again`: it may work the next moment, if it may be repeated at all."""

    response: Response
    error: CrmError | None = None
    again: bool = False


class CrmDriver:
    """Runs connectors' steps. Safe to share by threads."""

    def __init__(self, egress: EgressClient, pace: CrmPace, tokens: TokenKeeper, clock: Clock) -> None:
        self._egress = egress
        self._pace = pace
        self._tokens = tokens
        self._clock = clock

    def run(self, account: Account, steps: Steps[_Result], deadline_s: float) -> _Result:
        """Run steps to their end.

        Args:
            account: by whose connector the steps were made.
            steps: closed when this returns.
            deadline_s: for everything, waiting included.

        Raises:
            CrmError: a call failed, or the steps themselves gave up.
        """
        return driven(steps, self._begun(account, deadline_s).send)

    def rehearse(self, account: Account, steps: Steps[_Result], deadline_s: float) -> tuple[Request, ...]:
        """Return the calls that steps make up to the first that would change the CRM, which is not sent.

        Those before it are, for what comes next depends on their answers. None of them carries the credentials.

        Args and errors: as `run`.
        """
        run = self._begun(account, deadline_s)
        shown: list[Request] = []

        def look(request: Request) -> Response:
            shown.append(request)
            if request.writes:
                raise _WouldWrite
            return run.send(request)

        with suppress(_WouldWrite):
            driven(steps, look)
        return tuple(shown)

    def _begun(self, account: Account, deadline_s: float) -> "_Run":
        ends = self._clock.monotonic() + deadline_s
        return _Run(self._egress, self._pace, self._tokens, self._clock, account, ends)


class _WouldWrite(Exception):
    """A dry run has come to a call that changes something."""


@dataclass
class _Run:
    """One run of steps: its deadline, and the token its calls are signed with."""

    egress: EgressClient
    pace: CrmPace
    tokens: TokenKeeper
    clock: Clock
    account: Account
    ends: float
    token: Token | None = field(default=None, repr=False)
    renewed: bool = False

    def send(self, request: Request) -> Response:
        """Return a call's answer, or raise why there is none. What the CRM refused unread is sent once more."""
        waited = False
        while True:
            outcome = self._patiently(request)
            error = outcome.error
            if error is None:
                return outcome.response
            if error.category == "unauthorised" and self._renew(request):
                continue
            if error.category == "limited" and self._paused(error, may_wait=not waited):
                waited = True
                continue
            if outcome.response.status and error.category not in _OURS:
                return outcome.response
            raise error

    def _patiently(self, request: Request) -> _Outcome:
        """Call, and again after a passing failure when repeating does no harm."""
        from tenacity import Retrying, retry_if_result, wait_exponential_jitter

        if not request.repeatable:
            return self._call(request)

        def over(state: "RetryCallState") -> bool:
            return state.attempt_number >= ATTEMPTS or self._left() < state.upcoming_sleep + MIN_CALL_S

        def last(state: "RetryCallState") -> _Outcome:
            assert state.outcome is not None  # noqa: S101 - there was an attempt
            outcome: _Outcome = state.outcome.result()
            return outcome

        retrying = Retrying(
            retry=retry_if_result(lambda outcome: outcome.again),
            wait=wait_exponential_jitter(initial=0.2, max=2.0, jitter=0.2),
            stop=over,
            sleep=self.clock.sleep,
            retry_error_callback=last,
        )
        return retrying(self._call, request)

    def _call(self, request: Request) -> _Outcome:
        signed = self._signed(request)
        self._await_turn(request)
        if self._left() < MIN_CALL_S:
            raise CrmError("unavailable", "there was no time left to call the CRM")
        begun = self.clock.monotonic()
        outcome = self._answered(request, signed)
        event(
            _log, "crm_call", business_id=self.account.business_id, connector=self.account.connector_name,
            does=request.does, method=request.method, status=outcome.response.status,
            ms=round((self.clock.monotonic() - begun) * 1000),
            outcome=outcome.error.category if outcome.error else "ok",
        )  # fmt: skip
        return outcome

    def _answered(self, request: Request, signed: Request) -> _Outcome:
        body, content_type = signed.body()
        headers = {"user-agent": USER_AGENT, "accept": "application/json"}
        headers |= {"content-type": content_type} if content_type else {}
        headers |= {name.lower(): value for name, value in signed.headers.items()}
        nothing = Response(0)
        try:
            fetched = self.egress.send(
                signed.method, signed.target, headers, body,
                max_bytes=MAX_BYTES, deadline_s=min(CALL_S, self._left()),
            )  # fmt: skip
        except TooMuch as error:
            return _Outcome(nothing, CrmError("malformed", f"the CRM's answer {error}"))
        except EgressRefused as error:
            return _Outcome(nothing, CrmError("refused", f"the CRM's address is not allowed: {error}"))
        except FetchFailed as error:
            return _Outcome(nothing, CrmError("unavailable", f"the CRM could not be asked: {error}"), again=True)
        response = Response(fetched.status, fetched.headers, fetched.body)
        # Judged by the call as the connector made it: no token can get into the text.
        failure = self.account.connector.failure(request, response)
        return _Outcome(response, failure, failure is not None and failure.category in ("unavailable", "malformed"))

    def _signed(self, request: Request) -> Request:
        if not request.signed:
            return request
        if self.token is None:
            self.token = self.tokens.token(self.account, self.send, patience_s=self._patience())
        return self.account.connector.authorised(request, self.token)

    def _renew(self, request: Request) -> bool:
        """Say whether there is another token to try with; asked once a run."""
        if not request.signed or self.token is None or self.renewed:
            return False
        self.renewed = True
        old, patience_s = self.token, self._patience()
        self.token = self.tokens.renew(self.account, old, self.send, patience_s=patience_s)
        return self.token.value != old.value

    def _paused(self, error: CrmError, *, may_wait: bool) -> bool:
        """Hold back all calls of this account; say whether this one waited and may be made again."""
        asked_s = error.retry_after_s
        self.pace.pause(self._paced_by, PAUSE_S if asked_s is None else asked_s)
        if not may_wait or asked_s is None or asked_s > SHORT_WAIT_S or asked_s + MIN_CALL_S > self._left():
            return False
        self.clock.sleep(max(0.0, asked_s))
        return True

    def _await_turn(self, request: Request) -> None:
        while wait_s := self.pace.take(self._paced_by, self.account.connector.pace, request.pace):
            if wait_s + MIN_CALL_S > self._left():
                raise CrmError("limited", "the CRM's limit of calls is used up for now", retry_after_s=wait_s)
            self.clock.sleep(wait_s)

    @property
    def _paced_by(self) -> str:
        # With the connector's name: an address an owner made up is never the name of an account elsewhere.
        return f"{self.account.connector_name}:{self.account.connector.account()}"

    def _left(self) -> float:
        return self.ends - self.clock.monotonic()

    def _patience(self) -> float:
        return max(0.0, min(PATIENCE_S, self._left()))

"""Twilio's REST API, 2010-04-01, as far as a telephone bot needs it: accounts, numbers, messages. Calls: calls.py."""

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from local.twilio import resources
from local.twilio.accounts import Account, new_sid
from local.twilio.asked import Asked, Json, route
from local.twilio.calls import Calls
from local.twilio.errors import ApiError, not_found
from local.twilio.switchboard import Switchboard, is_number, now

# Twilio's test numbers, of its test credentials: they always fail in their own way.
_MAGIC_TO = {
    "+15005550001": ApiError(400, 21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": ApiError(400, 21612, "The 'To' phone number is not currently reachable via SMS"),
    "+15005550004": ApiError(400, 21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": ApiError(400, 21614, "'To' number is not a valid mobile number"),
}
_LONGEST_BODY = 1600
_NUMBER_FIELDS = {
    "FriendlyName": "friendly_name", "VoiceUrl": "voice_url", "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url", "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback", "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url", "SmsMethod": "sms_method",
}  # fmt: skip


class Api:
    """The paths."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        board, base = self._board, "/2010-04-01/Accounts/{account}"
        return [
            route(board, "/2010-04-01/Accounts.json", "GET", self._list_accounts),
            route(board, "/2010-04-01/Accounts.json", "POST", self._make_account),
            route(board, f"{base}.json", "GET", self._account),
            route(board, f"{base}.json", "POST", self._change_account),
            *Calls(board).routes(base),
            route(board, f"{base}/Messages.json", "GET", self._list_messages),
            route(board, f"{base}/Messages.json", "POST", self._send_message),
            route(board, f"{base}/Messages/{{sid}}.json", "GET", self._message),
            route(board, f"{base}/IncomingPhoneNumbers.json", "GET", self._list_numbers),
            route(board, f"{base}/IncomingPhoneNumbers.json", "POST", self._make_number),
            route(board, f"{base}/IncomingPhoneNumbers/{{sid}}.json", "GET", self._number),
            route(board, f"{base}/IncomingPhoneNumbers/{{sid}}.json", "POST", self._change_number),
            route(board, f"{base}/IncomingPhoneNumbers/{{sid}}.json", "DELETE", self._drop_number),
        ]

    def shown_message(self, item: Json) -> Json:
        """Return a message as it is now."""
        return resources.message(item, undelivered=item["to"] in self._board.undeliverable)

    def _shown(self, account: Account) -> Json:
        return resources.account(account, "suspended" if account.sid in self._board.suspended else "active")

    def _list_accounts(self, asked: Asked) -> Response:
        own = [item for item in self._board.accounts.values() if asked.account.sid in (item.sid, item.parent)]
        name = asked.query.get("FriendlyName")
        return asked.page("accounts", [self._shown(item) for item in own if name in (None, item.name)])

    def _make_account(self, asked: Asked) -> Response:
        if asked.account.parent:
            raise ApiError(403, 20006, "Access Denied")
        made = self._board.add_account(asked.form.get("FriendlyName", "SubAccount"), asked.account.sid)
        return JSONResponse(self._shown(made), 201)

    def _account(self, asked: Asked) -> Response:
        return JSONResponse(self._shown(asked.account))

    def _change_account(self, asked: Asked) -> Response:
        change = self._board.suspended.discard if asked.form.get("Status") == "active" else self._board.suspended.add
        if "Status" in asked.form:
            change(asked.account.sid)
        return JSONResponse(self._shown(asked.account))

    def _list_messages(self, asked: Asked) -> Response:
        wanted = {name.lower(): value for name, value in asked.query.items() if name in ("To", "From")}
        found = [item for item in self._board.messages.values() if item["account_sid"] == asked.account.sid]
        fit = [item for item in found if all(item[name] == value for name, value in wanted.items())]
        return asked.page("messages", [self.shown_message(item) for item in fit])

    def _message(self, asked: Asked) -> Response:
        item = self._board.messages.get(asked.sids["sid"])
        if item is None or item["account_sid"] != asked.account.sid:
            raise not_found(asked.path)
        return JSONResponse(self.shown_message(item))

    def _send_message(self, asked: Asked) -> Response:
        form = asked.form
        self._check_message(asked)
        item: Json = {
            "sid": new_sid("SM"),
            "account_sid": asked.account.sid,
            "from": form.get("From", ""),
            "messaging_service_sid": form.get("MessagingServiceSid", ""),
            "to": form["To"],
            "body": form["Body"],
            "direction": "outbound-api",
            "date_created": now(),
        }
        self._board.messages[item["sid"]] = item
        return JSONResponse(self.shown_message(item), 201)

    def _check_message(self, asked: Asked) -> None:
        form = asked.form
        if not form.get("To"):
            raise ApiError(400, 21604, "A 'To' phone number is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            raise ApiError(400, 21603, "A 'From' phone number is required.")
        if not form.get("Body"):
            raise ApiError(400, 21602, "Message body is required.")
        if len(form["Body"]) > _LONGEST_BODY:
            raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if not is_number(form["To"]):
            raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {form['To']}")
        if form["To"] in _MAGIC_TO:
            raise _MAGIC_TO[form["To"]]
        sender = form.get("From")
        if sender and not any(
            item["phone_number"] == sender and item["account_sid"] == asked.account.sid
            for item in self._board.numbers.values()
        ):
            raise ApiError(400, 21606, f"The 'From' phone number {sender} is not a valid, SMS-capable Twilio number")

    def _list_numbers(self, asked: Asked) -> Response:
        wanted = asked.query.get("PhoneNumber")
        found = [item for item in self._board.numbers.values() if item["account_sid"] == asked.account.sid]
        fit = [item for item in found if wanted is None or wanted in item["phone_number"]]
        return asked.page("incoming_phone_numbers", [resources.number(item) for item in fit])

    def _make_number(self, asked: Asked) -> Response:
        number = asked.form.get("PhoneNumber", "")
        if not is_number(number):
            raise ApiError(400, 21421, "PhoneNumber is invalid")
        if self._board.number(number):
            raise ApiError(400, 21422, "PhoneNumber is not available")
        return JSONResponse(resources.number(self._board.add_number(asked.account, number, _changes(asked))), 201)

    def _number(self, asked: Asked) -> Response:
        return JSONResponse(resources.number(self._own_number(asked)))

    def _change_number(self, asked: Asked) -> Response:
        item = self._own_number(asked)
        item |= {**_changes(asked), "date_updated": now()}
        return JSONResponse(resources.number(item))

    def _drop_number(self, asked: Asked) -> Response:
        del self._board.numbers[self._own_number(asked)["sid"]]
        return Response(status_code=204)

    def _own_number(self, asked: Asked) -> Json:
        item = self._board.numbers.get(asked.sids["sid"])
        if item is None or item["account_sid"] != asked.account.sid:
            raise not_found(asked.path)
        return item


def _changes(asked: Asked) -> Json:
    return {_NUMBER_FIELDS[name]: value for name, value in asked.form.items() if name in _NUMBER_FIELDS}

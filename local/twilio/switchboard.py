"""What the REST API knows: accounts, numbers, calls, messages, recordings, and the phone networks connected."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.twilio.accounts import MAIN, Account, new_sid

Json = dict[str, Any]
Phone = Callable[[Json], None]
LIVE = frozenset({"queued", "initiated", "ringing", "in-progress"})
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def now() -> dt.datetime:
    """Return the moment it is."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Switchboard:
    """Everything in memory; changed by one request at a time. Records are JSON with dates as datetimes."""

    accounts: dict[str, Account] = field(default_factory=lambda: {MAIN.sid: MAIN})
    suspended: set[str] = field(default_factory=set)
    numbers: dict[str, Json] = field(default_factory=dict)
    calls: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, Json] = field(default_factory=dict)
    recordings: dict[str, Json] = field(default_factory=dict)
    sounds: dict[str, bytes] = field(default_factory=dict)
    undeliverable: set[str] = field(default_factory=set)
    phones: list[Phone] = field(default_factory=list)
    lines: dict[str, Phone] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget everything but the main account and the phones that are connected."""
        for records in (self.numbers, self.calls, self.messages, self.recordings, self.sounds, self.lines):
            records.clear()
        self.accounts = {MAIN.sid: MAIN}
        self.suspended.clear()
        self.undeliverable.clear()

    def add_account(self, name: str, parent: str = MAIN.sid) -> Account:
        """Make a subaccount with a token of its own."""
        account = Account(new_sid("AC"), new_sid(""), name, parent)
        self.accounts[account.sid] = account
        return account

    def add_number(self, account: Account, number: str, fields: Json) -> Json:
        """Give an account a telephone number."""
        record = {
            "sid": new_sid("PN"),
            "account_sid": account.sid,
            "phone_number": number,
            "friendly_name": number,
            "voice_url": "",
            "voice_method": "POST",
            "voice_fallback_url": "",
            "voice_fallback_method": "POST",
            "status_callback": "",
            "status_callback_method": "POST",
            "sms_url": "",
            "sms_method": "POST",
            "date_created": now(),
            "date_updated": now(),
            **fields,
        }
        self.numbers[record["sid"]] = record
        return record

    def number(self, number: str) -> Json | None:
        """Return what is set for a telephone number."""
        return next((item for item in self.numbers.values() if item["phone_number"] == number), None)

    def add_call(self, fields: Json) -> Json:
        """Note a call."""
        record = {
            "sid": new_sid("CA"),
            "parent_call_sid": "",
            "status": "queued",
            "start_time": None,
            "end_time": None,
            "duration": None,
            "answered_by": None,
            "forwarded_from": "",
            "caller_name": "",
            "date_created": now(),
            "date_updated": now(),
            **fields,
        }
        self.calls[record["sid"]] = record
        return record

    def send(self, call_sid: str, message: Json) -> bool:
        """Tell the phone that has a call; False when none has it."""
        phone = self.lines.get(call_sid)
        if phone:
            phone(message)
        return phone is not None

    def received(self, message: Json, phone: Phone) -> Json | None:
        """Take what a phone says; return the answer if it waits for one."""
        match message["do"]:
            case "begin":
                return {"re": message["id"], **self._begun(message["call"], phone)}
            case "change":
                self._changed(message["sid"], message["fields"])
            case "recording":
                self._recorded(message["fields"])
        return None

    def gone(self, phone: Phone) -> None:
        """Take that a phone is no longer there; its calls are over."""
        if phone in self.phones:
            self.phones.remove(phone)
        for sid in [sid for sid, owner in self.lines.items() if owner is phone]:
            self._changed(sid, {"status": "completed"})

    def _begun(self, call: Json, phone: Phone) -> Json:
        if call["sid"] in self.calls:
            self.calls[call["sid"]] |= {"status": call["status"]}
        else:
            self.add_call(call)
        self.lines[call["sid"]] = phone
        number = self.number(call["to"])
        if number is None:
            return {}
        if call["direction"] == "inbound":
            self.calls[call["sid"]]["account_sid"] = number["account_sid"]
        shown = {name: value for name, value in number.items() if not isinstance(value, dt.datetime)}
        return {"number": shown, "token": self.accounts[number["account_sid"]].token}

    def _changed(self, sid: str, fields: Json) -> None:
        call = self.calls.get(sid)
        if call is None:  # forgotten by a reset
            return
        call |= {**fields, "date_updated": now()}
        if call["status"] == "in-progress":
            call["start_time"] = now()
        elif call["status"] not in LIVE:
            call["end_time"] = now()
            self.lines.pop(sid, None)

    def _recorded(self, fields: Json) -> None:
        record = self.recordings.setdefault(
            fields["sid"], {"date_created": now(), "start_time": now(), "duration": None, "track": "both"}
        )
        record |= {**fields, "date_updated": now()}


def is_number(text: str) -> bool:
    """Whether this is a telephone number in E.164."""
    return bool(_E164.fullmatch(text))

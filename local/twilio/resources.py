"""What the REST API's resources look like, from the switchboard's records."""

import datetime as dt
from email.utils import format_datetime
from typing import Any

from local.twilio.accounts import Account

Json = dict[str, Any]
VERSION = "2010-04-01"
_DELIVERY_S = 0.2
_SEGMENT, _LONG_SEGMENT = 160, 153


def base(account_sid: str) -> str:
    """Return where an account's resources are."""
    return f"/{VERSION}/Accounts/{account_sid}"


def account(item: Account, status: str) -> Json:
    """An account, with its token, as its owner sees it."""
    names = ("calls", "messages", "recordings", "incoming_phone_numbers")
    return {
        "sid": item.sid,
        "owner_account_sid": item.parent or item.sid,
        "friendly_name": item.name,
        "auth_token": item.token,
        "status": status,
        "type": "Full",
        "date_created": _date(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        "date_updated": _date(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        "uri": f"{base(item.sid)}.json",
        "subresource_uris": {name: f"{base(item.sid)}/{name.title().replace('_', '')}.json" for name in names},
    }


def call(item: Json) -> Json:
    """A call."""
    uri = f"{base(item['account_sid'])}/Calls/{item['sid']}"
    return {
        **{name: item[name] for name in ("sid", "account_sid", "from", "to", "status", "direction", "duration")},
        **{name: item[name] or None for name in ("parent_call_sid", "answered_by", "forwarded_from", "caller_name")},
        **{name: _date(item[name]) for name in ("date_created", "date_updated", "start_time", "end_time")},
        "from_formatted": item["from"],
        "to_formatted": item["to"],
        "phone_number_sid": item.get("phone_number_sid"),
        "group_sid": None,
        "trunk_sid": None,
        "queue_time": "0",
        "price": None,
        "price_unit": "USD",
        "annotation": None,
        "api_version": VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json", "notifications": f"{uri}/Notifications.json"},
    }


def message(item: Json, *, undelivered: bool) -> Json:
    """A text message; it is delivered, or not, a moment after it was made."""
    age = (dt.datetime.now(dt.UTC) - item["date_created"]).total_seconds()
    status = "queued" if age < _DELIVERY_S else "undelivered" if undelivered else "delivered"
    length = len(item["body"])
    return {
        **{name: item[name] for name in ("sid", "account_sid", "from", "to", "body", "direction")},
        "messaging_service_sid": item["messaging_service_sid"] or None,
        "status": status,
        "error_code": 30003 if status == "undelivered" else None,
        "error_message": None,
        "num_segments": str(1 if length <= _SEGMENT else -(-length // _LONG_SEGMENT)),
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "api_version": VERSION,
        "date_created": _date(item["date_created"]),
        "date_updated": _date(item["date_created"]),
        "date_sent": None if status == "queued" else _date(item["date_created"]),
        "uri": f"{base(item['account_sid'])}/Messages/{item['sid']}.json",
        "subresource_uris": {"media": f"{base(item['account_sid'])}/Messages/{item['sid']}/Media.json"},
    }


def recording(item: Json) -> Json:
    """A recording."""
    uri = f"{base(item['account_sid'])}/Recordings/{item['sid']}"
    names = ("sid", "account_sid", "call_sid", "status", "source", "track", "duration")
    return {
        **{name: item[name] for name in names},
        **{name: _date(item[name]) for name in ("date_created", "date_updated", "start_time")},
        "channels": int(item["channels"]),
        "conference_sid": None,
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "encryption_details": None,
        "api_version": VERSION,
        "media_url": f"https://api.twilio.com{uri}",
        "uri": f"{uri}.json",
        "subresource_uris": {"transcriptions": f"{uri}/Transcriptions.json"},
    }


def number(item: Json) -> Json:
    """A telephone number and what happens when it is called."""
    shown = {name: value for name, value in item.items() if not isinstance(value, dt.datetime)}
    return {
        **shown,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "api_version": VERSION,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "date_created": _date(item["date_created"]),
        "date_updated": _date(item["date_updated"]),
        "uri": f"{base(item['account_sid'])}/IncomingPhoneNumbers/{item['sid']}.json",
    }


def _date(value: dt.datetime | None) -> str | None:
    return None if value is None else format_datetime(value)

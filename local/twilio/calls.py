"""The REST API's calls and their recordings: shown, made, ended, sent elsewhere, recorded."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.twilio import resources
from local.twilio.accounts import new_sid
from local.twilio.asked import Asked, Json, route
from local.twilio.errors import ApiError, not_found
from local.twilio.switchboard import LIVE, Switchboard, is_number

_REDIRECT = ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
_NOT_RECORDABLE = ApiError(400, 21220, "Requested resource is not eligible for recording")
_RING_S = 60
_CURRENT = "Twilio.CURRENT"
_TWIML_MOST = 4000
_RECORDING_STATUS = ("in-progress", "paused", "stopped")


class Calls:
    """The paths below an account."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    def routes(self, base: str) -> list[BaseRoute]:
        """All of them. The sound of a recording needs no credentials, as at Twilio unless that is switched on."""
        board, call = self._board, f"{base}/Calls/{{sid}}"
        return [
            route(board, f"{base}/Calls.json", "GET", self._list),
            route(board, f"{base}/Calls.json", "POST", self._make),
            route(board, f"{call}.json", "GET", self._show),
            route(board, f"{call}.json", "POST", self._change),
            route(board, f"{call}/Recordings.json", "GET", self._list_recordings),
            route(board, f"{call}/Recordings.json", "POST", self._record),
            route(board, f"{call}/Recordings/{{recording}}.json", "GET", self._recording),
            route(board, f"{call}/Recordings/{{recording}}.json", "POST", self._change_recording),
            route(board, f"{call}/Recordings/{{recording}}.json", "DELETE", self._drop_recording),
            route(board, f"{base}/Recordings.json", "GET", self._list_recordings),
            route(board, f"{base}/Recordings/{{recording}}.json", "GET", self._recording),
            route(board, f"{base}/Recordings/{{recording}}.json", "DELETE", self._drop_recording),
            Route(f"{base}/Recordings/{{recording}}.wav", self._sound),
            Route(f"{base}/Recordings/{{recording}}", self._sound),
        ]

    def _list(self, asked: Asked) -> Response:
        names = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
        wanted = {names[name]: value for name, value in asked.query.items() if name in names}
        found = [item for item in self._board.calls.values() if item["account_sid"] == asked.account.sid]
        fit = [item for item in found if all(item[name] == value for name, value in wanted.items())]
        return asked.page("calls", [resources.call(item) for item in fit])

    def _show(self, asked: Asked) -> Response:
        return JSONResponse(resources.call(self._own(asked)))

    def _make(self, asked: Asked) -> Response:
        form = asked.form
        _check(asked)
        events = [value for name, value in asked.pairs if name == "StatusCallbackEvent"] or ["completed"]
        record = self._board.add_call(
            {"account_sid": asked.account.sid, "from": form["From"], "to": form["To"], "direction": "outbound-api"}
        )
        order = {
            "sid": record["sid"],
            "account_sid": asked.account.sid,
            "token": asked.account.token,
            "from": form["From"],
            "to": form["To"],
            "url": form.get("Url", ""),
            "method": form.get("Method", "POST"),
            "twiml": form.get("Twiml", ""),
            "fallback_url": form.get("FallbackUrl", ""),
            "fallback_method": form.get("FallbackMethod", "POST"),
            "status_callback": form.get("StatusCallback", ""),
            "status_callback_method": form.get("StatusCallbackMethod", "POST"),
            "status_events": events,
            "timeout": float(form.get("Timeout", _RING_S)),
            "machine_detection": form.get("MachineDetection", ""),
        }
        if self._board.phones:  # without any the call stays queued
            phone = self._board.phones[0]
            self._board.lines[record["sid"]] = phone
            phone({"do": "dial", "call": order})
        return JSONResponse(resources.call(record), 201)

    def _change(self, asked: Asked) -> Response:
        call, form = self._own(asked), asked.form
        status, url, twiml = form.get("Status", ""), form.get("Url", ""), form.get("Twiml", "")
        if url and twiml:
            raise ApiError(400, 21218, "Twiml and Url parameters are mutually exclusive")
        if status and status not in ("completed", "canceled"):
            raise ApiError(400, 21218, "Invalid Status: must be canceled or completed")
        if len(twiml) > _TWIML_MOST:
            raise ApiError(400, 21218, "Twiml is longer than 4000 characters")
        if status and call["status"] not in LIVE:
            raise not_found(asked.path)
        if (url or twiml) and call["status"] != "in-progress":
            raise _REDIRECT
        if status or url or twiml:
            fields = {"status": status, "url": url, "twiml": twiml, "method": form.get("Method", "POST")}
            if not self._board.send(call["sid"], {"do": "update", "sid": call["sid"], "fields": fields}) and status:
                call["status"] = status
        return JSONResponse(resources.call(call))

    def _list_recordings(self, asked: Asked) -> Response:
        call = self._own(asked)["sid"] if "sid" in asked.sids else asked.query.get("CallSid")
        found = [item for item in self._board.recordings.values() if item["account_sid"] == asked.account.sid]
        fit = [item for item in found if call in (None, item["call_sid"])]
        return asked.page("recordings", [resources.recording(item) for item in fit])

    def _record(self, asked: Asked) -> Response:
        call, form = self._own(asked), asked.form
        if call["status"] != "in-progress":
            raise _NOT_RECORDABLE
        events = " ".join(value for name, value in asked.pairs if name == "RecordingStatusCallbackEvent")
        channels = form.get("RecordingChannels", "mono")
        fields = {
            "sid": new_sid("RE"),
            "channels": channels,
            "callback": {
                "recordingStatusCallback": form.get("RecordingStatusCallback", ""),
                "recordingStatusCallbackMethod": form.get("RecordingStatusCallbackMethod", "POST"),
                "recordingStatusCallbackEvent": events,
            },
        }
        self._board.received(
            {
                "do": "recording",
                "fields": {
                    "sid": fields["sid"], "source": "StartCallRecordingAPI", "status": "in-progress",
                    "channels": "2" if channels == "dual" else "1",
                    "call_sid": call["sid"], "account_sid": asked.account.sid,
                },
            },
            lambda _: None,
        )  # fmt: skip
        self._board.send(call["sid"], {"do": "record", "sid": call["sid"], "fields": fields})
        return JSONResponse(resources.recording(self._board.recordings[str(fields["sid"])]), 201)

    def _recording(self, asked: Asked) -> Response:
        return JSONResponse(resources.recording(self._own_recording(asked)))

    def _change_recording(self, asked: Asked) -> Response:
        item, status = self._own_recording(asked), asked.form.get("Status", "")
        if status not in _RECORDING_STATUS:
            raise ApiError(400, 21218, "Invalid Status: must be in-progress, paused or stopped")
        if item["status"] == "completed":
            raise _NOT_RECORDABLE
        fields = {"sid": item["sid"], "status": status}
        self._board.send(item["call_sid"], {"do": "record", "sid": item["call_sid"], "fields": fields})
        item["status"] = status
        return JSONResponse(resources.recording(item))

    def _drop_recording(self, asked: Asked) -> Response:
        sid = self._own_recording(asked)["sid"]
        del self._board.recordings[sid]
        self._board.sounds.pop(sid, None)
        return Response(status_code=204)

    async def _sound(self, request: Request) -> Response:
        sound = self._board.sounds.get(request.path_params["recording"])
        if sound is None:
            return not_found(request.url.path).response()
        return Response(sound, media_type="audio/x-wav")

    def _own(self, asked: Asked) -> Json:
        call = self._board.calls.get(asked.sids["sid"])
        if call is None or call["account_sid"] != asked.account.sid:
            raise not_found(asked.path)
        return call

    def _own_recording(self, asked: Asked) -> Json:
        sid = asked.sids["recording"]
        if sid == _CURRENT:
            running = [item for item in self._board.recordings.values() if item["call_sid"] == asked.sids.get("sid")]
            sid = running[-1]["sid"] if running else ""
        item = self._board.recordings.get(sid)
        if item is None or item["account_sid"] != asked.account.sid:
            raise not_found(asked.path)
        return item


def _check(asked: Asked) -> None:
    form = asked.form
    if not is_number(form.get("To", "")):
        raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {form.get('To', '')}")
    if not is_number(form.get("From", "")):
        raise ApiError(400, 21212, f"Invalid 'From' Phone Number: {form.get('From', '')}")
    if not form.get("Url") and not form.get("Twiml"):
        raise ApiError(400, 21205, "Url parameter is required.")

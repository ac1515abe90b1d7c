"""The stand-in of the speech endpoint, message by message, as a client sees it that is not the library."""

import json
import time
import uuid
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from edge_tts.constants import SEC_MS_GEC_VERSION, TRUSTED_CLIENT_TOKEN
from edge_tts.drm import generate_sec_ms_gec_v2
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from tests.local.mp3_frames import seconds
from tests.local.tts_process import BASE, running

TEXT = "Good morning. Tea & cake <now>!"
SONIA = "Microsoft Server Speech Text to Speech Voice (en-GB, SoniaNeural)"
FORMAT = "audio-24khz-48kbitrate-mono-mp3"


@pytest.fixture(scope="module")
def process():
    with running() as server:
        yield server


@pytest.fixture
def server(process):
    process.reset()
    return process


def token(ahead_s=0.0):
    """The query of a client whose clock is `ahead_s` ahead."""
    return {
        "TrustedClientToken": TRUSTED_CLIENT_TOKEN,
        "ConnectionId": uuid.uuid4().hex,
        "Sec-MS-GEC": generate_sec_ms_gec_v2(time.time() + ahead_s),
        "Sec-MS-GEC-Version": SEC_MS_GEC_VERSION,
    }


@contextmanager
def connected(server, **query):
    """An open websocket."""
    url = server.socket_url + "?" + "&".join(f"{name}={value}" for name, value in (query or token()).items())
    with connect(url, proxy=None) as socket:
        yield socket


def config(words="false", sentences="false", wanted=FORMAT):
    """The first message of a client."""
    options = {"sentenceBoundaryEnabled": sentences, "wordBoundaryEnabled": words}
    body = {"context": {"synthesis": {"audio": {"metadataoptions": options, "outputFormat": wanted}}}}
    return f"Content-Type:application/json; charset=utf-8\r\nPath:speech.config\r\n\r\n{json.dumps(body)}\r\n"


def order(text, voice=SONIA, rate="+0%", volume="+0%", pitch="+0Hz"):
    """The second message of a client."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        "X-RequestId:abc123\r\nContent-Type:application/ssml+xml\r\nX-Timestamp:nowZ\r\nPath:ssml\r\n\r\n"
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
        f"<voice name='{voice}'><prosody pitch='{pitch}' rate='{rate}' volume='{volume}'>{escaped}</prosody></voice>"
        "</speak>"
    )


def answer(socket):
    """The messages of one turn: (path, headers, body)."""
    messages: list[tuple[str, dict[str, str], Any]] = []
    while not messages or messages[-1][0] != "turn.end":
        raw = socket.recv(timeout=20)
        if isinstance(raw, bytes):
            size = int.from_bytes(raw[:2], "big")
            head, body = raw[2 : 2 + size].decode(), raw[2 + size :]
            assert head.endswith("\r\n")
        else:
            head, _, body = raw.partition("\r\n\r\n")
        headers = dict(line.split(":", 1) for line in head.strip().split("\r\n"))
        messages.append((headers["Path"], headers, body))
    return messages


def said(server, text=TEXT, **how):
    """The MP3 of a text."""
    with connected(server) as socket:
        socket.send(config())
        socket.send(order(text, **how))
        return b"".join(body for path, _, body in answer(socket) if path == "audio")


def boundaries(messages):
    """The data of the metadata messages."""
    found = [json.loads(body)["Metadata"] for path, _, body in messages if path == "audio.metadata"]
    assert all(len(items) == 1 for items in found)
    return [items[0] for items in found]


def test_a_turn_is_the_protocols(server):
    """Start, response, audio behind its headers, an empty piece without a type, end; all of one request."""
    with connected(server) as socket:
        socket.send(config())
        socket.send(order(TEXT))
        messages = answer(socket)
    paths = [path for path, _, _ in messages]
    audio = [(headers, body) for path, headers, body in messages if path == "audio"]
    assert paths == ["turn.start", "response", *["audio"] * len(audio), "turn.end"]
    assert {headers["X-RequestId"] for _, headers, _ in messages} == {"abc123"}
    assert "serviceTag" in json.loads(messages[0][2])["context"]
    assert json.loads(messages[1][2])["audio"] == {"type": "inline", "streamId": audio[0][0]["X-StreamId"]}
    assert all(headers["Content-Type"] == "audio/mpeg" for headers, _ in audio[:-1])
    assert {len(body) for _, body in audio[:-2]} == {720}
    assert "Content-Type" not in audio[-1][0]
    assert audio[-1][1] == b""
    assert seconds(b"".join(body for _, body in audio)) > 1


@pytest.mark.parametrize(
    ("kind", "wanted"), [("WordBoundary", {"words": "true"}), ("SentenceBoundary", {"sentences": "true"})]
)
def test_boundaries_say_when(server, kind, wanted):
    """In order, inside the audio, with the text as the markup that it was."""
    with connected(server) as socket:
        socket.send(config(**wanted))
        socket.send(order(TEXT))
        messages = answer(socket)
    found = boundaries(messages)
    assert {item["Type"] for item in found} == {kind}
    texts = [item["Data"]["text"]["Text"] for item in found]
    assert " ".join(texts) == "Good morning. Tea &amp; cake &lt;now&gt;!"
    assert len(texts) == {"WordBoundary": 6, "SentenceBoundary": 2}[kind]
    starts = [item["Data"]["Offset"] for item in found]
    ends = [item["Data"]["Offset"] + item["Data"]["Duration"] for item in found]
    length = seconds(b"".join(body for path, _, body in messages if path == "audio")) * 10_000_000
    assert starts[0] > 0
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] <= length


def test_a_connection_takes_more_than_one_order(server):
    """They are answered one after another."""
    with connected(server) as socket:
        socket.send(config())
        socket.send(order("One."))
        first = answer(socket)
        socket.send(order("Two."))
        second = answer(socket)
    assert first[-1][0] == second[-1][0] == "turn.end"
    assert [note["text"] for note in server.journal("said")] == ["One.", "Two."]


def test_what_is_asked_for_is_heard(server):
    """Faster is shorter; louder, higher and another's voice are other audio; the same is the same."""
    plain = said(server)
    assert said(server) == plain
    assert seconds(said(server, rate="+50%")) < seconds(plain) < seconds(said(server, rate="-30%"))
    others = [
        said(server, volume="-50%"),
        said(server, pitch="+20Hz"),
        said(server, voice=SONIA.replace("Sonia", "Ryan")),
        said(server, "Good evening. Tea & cake <now>!"),
    ]
    assert len({plain, *others}) == 5


@pytest.mark.parametrize(
    ("text", "voice"), [("Hello", SONIA.replace("Sonia", "Nobody")), ("... !", SONIA), ("😀", SONIA)]
)
def test_silence_is_an_answer_too(server, text, voice):
    """A voice that was withdrawn, or a text without a word, ends the turn without audio."""
    with connected(server) as socket:
        socket.send(config())
        socket.send(order(text, voice))
        assert [path for path, _, _ in answer(socket)] == ["turn.start", "response", "turn.end"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({**token(), "Sec-MS-GEC": "0" * 16 + "-" + "0" * 64}, "Sec-MS-GEC"),
        (token(ahead_s=3600), "of another time"),
        ({**token(), "TrustedClientToken": "mine"}, "client token"),
        ({**token(), "Sec-MS-GEC-Version": "1"}, "version"),
    ],
    ids=["token", "time", "client", "version"],
)
def test_a_wrong_token_is_refused_with_the_hour(server, query, reason):
    """403, and a Date by which the client can put its clock right: the socket as well as the list."""
    server.control(clock_ahead_s=0)
    with pytest.raises(InvalidStatus) as caught, connected(server, **query):
        pass
    refused = caught.value.response
    status, text, headers = server.call("GET", f"{BASE}/voices/list", **query)
    assert refused.status_code == status == 403
    assert reason in text
    for date in (refused.headers["Date"], headers["date"]):
        assert abs(parsedate_to_datetime(date).timestamp() - time.time()) < 120


def test_its_clock_may_be_another(server):
    """Then its Date tells that time, and only tokens of that time are let in."""
    server.control(clock_ahead_s=7200)
    with pytest.raises(InvalidStatus) as caught, connected(server):
        pass
    ahead = parsedate_to_datetime(caught.value.response.headers["date"]).timestamp() - time.time()
    assert 7000 < ahead < 7400
    with connected(server, **token(ahead_s=7200)) as socket:
        socket.send(config())
        socket.send(order("Hello"))
        assert answer(socket)[-1][0] == "turn.end"


@pytest.mark.parametrize(
    "wrong",
    [
        [config(), order("Hello").replace("</prosody>", "")],
        [config(), order("Hello").replace("Hello", "<audio src='x'/>")],
        [config(), order("Hello", rate="fast")],
        [config(wanted="riff-24khz-16bit-mono-pcm")],
        ["no headers at all"],
        [b"\x00\x01"],
    ],
    ids=["markup", "element", "prosody", "format", "headers", "binary"],
)
def test_what_is_not_understood_closes_the_connection(server, wrong):
    """With 1007 and a reason, as the real one."""
    with connected(server) as socket:
        for message in wrong:
            socket.send(message)
        with pytest.raises(ConnectionClosedError) as caught:
            socket.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1007


def test_the_voices_are_listed(server):
    """With what the library reads of each."""
    status, voices, _ = server.call(
        "GET",
        f"{BASE}/voices/list",
        trustedclienttoken=TRUSTED_CLIENT_TOKEN,
        **{name: value for name, value in token().items() if name.startswith("Sec")},
    )
    assert status == 200
    sonia = next(voice for voice in voices if voice["ShortName"] == "en-GB-SoniaNeural")
    assert (sonia["Name"], sonia["Gender"], sonia["Locale"]) == (SONIA, "Female", "en-GB")
    assert len({voice["ShortName"] for voice in voices}) == len(voices) > 150


@pytest.mark.parametrize(
    "wrong",
    [
        [], {"fault": []}, {"faults": {}}, {"faults": ["cut"]}, {"faults": [{"kind": "unknown"}]},
        {"faults": [{"kind": "cut", "after": -1}]}, {"clock_ahead_s": "1h"},
        {"faults": [{"kind": "refuse", "status": 200}]},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_wrong_control_is_told(server, wrong):
    """And changes nothing."""
    server.control({"kind": "cut"})
    assert server.call("PUT", "/control", wrong)[0] == 400
    assert [fault["kind"] for fault in server.call("GET", "/control")[1]["faults"]] == ["cut"]

"""TwiML as read from a document, with what Twilio's own check of it says. Runs nothing."""

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

_CALLBACK = "statusCallback statusCallbackMethod statusCallbackEvent"
_RECORDING = "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
_SAY = "voice loop language"
_AMD = (
    "machineDetection machineDetectionTimeout machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold "
    "machineDetectionSilenceTimeout amdStatusCallback amdStatusCallbackMethod"
)
# The attributes that each verb and noun may have.
ATTRIBUTES = {
    "Say": _SAY,
    "Play": "loop digits",
    "Pause": "length",
    "Hangup": "",
    "Reject": "reason",
    "Redirect": "method",
    "Gather": (
        "action method input timeout speechTimeout finishOnKey numDigits hints language profanityFilter bargeIn "
        "speechModel enhanced actionOnEmptyResult partialResultCallback partialResultCallbackMethod debug"
    ),
    "Record": (
        f"action method timeout finishOnKey maxLength playBeep trim transcribe transcribeCallback recordingTrack "
        f"{_RECORDING}"
    ),
    "Dial": (
        f"action method timeout timeLimit callerId hangupOnStar answerOnBridge record trim ringTone recordingTrack "
        f"referUrl referMethod sequential callReason events {_RECORDING}"
    ),
    "Number": f"url method sendDigits byoc {_CALLBACK} {_AMD}",
    "Connect": "action method",
    "Start": "action method",
    "Stop": "",
    "Stream": "url name track statusCallback statusCallbackMethod connectorName",
    "Recording": f"channels track trim {_RECORDING}",
    "Parameter": "name value",
}
# What may stand in what; Say holds text and SSML, which are not verbs.
NESTED = {
    "Gather": {"Say", "Play", "Pause"},
    "Dial": {"Number"},
    "Connect": {"Stream"},
    "Start": {"Stream", "Recording"},
    "Stop": {"Stream", "Recording"},
    "Stream": {"Parameter"},
}
NOUNS = {"Number", "Stream", "Recording", "Parameter"}
_SSML_HOLDERS = {"Say"}
_PARAMETER_MOST = 500


class TwimlError(Exception):
    """A document that Twilio cannot run: 12100."""


@dataclass(frozen=True)
class Verb:
    """One element."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Verb", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute; an empty one counts."""
        return self.attributes.get(name, default)

    def seconds(self, name: str, default: float) -> float:
        """Return an attribute that is a number, the default when it is none."""
        try:
            return float(self.attributes[name])
        except (KeyError, ValueError):
            return default

    def flag(self, name: str, *, default: bool) -> bool:
        """Return an attribute that is true or false."""
        return {"true": True, "false": False}.get(self.get(name).lower(), default)


@dataclass(frozen=True)
class Twiml:
    """What there is to do, and the warnings (number, text) about it."""

    verbs: tuple[Verb, ...]
    warnings: tuple[tuple[int, str], ...] = ()


def parse(body: bytes) -> Twiml:
    """Read a document; TwimlError when it is none. What Twilio would ignore is left out, with a warning."""
    if not body.strip():
        raise TwimlError("the document is empty")
    try:
        root = ET.fromstring(body)  # noqa: S314 - our own product's answers
    except ET.ParseError as error:
        raise TwimlError(str(error)) from None
    if root.tag != "Response":
        raise TwimlError(f"the root is {root.tag}, not Response")
    warnings: list[tuple[int, str]] = []
    return Twiml(_children(root, set(ATTRIBUTES) - NOUNS, warnings), tuple(warnings))


def _children(element: "ET.Element[str]", allowed: set[str], warnings: list[tuple[int, str]]) -> tuple[Verb, ...]:
    verbs = []
    for child in element:
        if child.tag not in allowed:
            warnings.append((12200, f"{child.tag} is not allowed in {element.tag}"))
            continue
        verbs.append(_verb(child, warnings))
    return tuple(verbs)


def _verb(element: "ET.Element[str]", warnings: list[tuple[int, str]]) -> Verb:
    known = ATTRIBUTES[element.tag].split()
    warnings.extend((12200, f"{element.tag} has no {name}") for name in element.attrib if name not in known)
    text = "".join(element.itertext()) if element.tag in _SSML_HOLDERS else element.text or ""
    nested = () if element.tag in _SSML_HOLDERS else _children(element, NESTED.get(element.tag, set()), warnings)
    verb = Verb(element.tag, dict(element.attrib), text.strip(), nested)
    warnings.extend(_wrong(verb))
    return verb


def _wrong(verb: Verb) -> list[tuple[int, str]]:
    """Return what is documented as wrong about values."""
    found = []
    if verb.name == "Gather" and verb.get("speechTimeout") == "auto" and verb.get("speechModel"):
        found.append((13335, "speechTimeout auto cannot be used with a speechModel"))
    if verb.name == "Gather" and "speechTimeout" in verb.attributes and not _seconds_or_auto(verb.get("speechTimeout")):
        found.append((13327, f"speechTimeout is {verb.get('speechTimeout')!r}"))
    if verb.name == "Parameter" and len(verb.get("name") + verb.get("value")) >= _PARAMETER_MOST:
        found.append((12200, f"the parameter {verb.get('name')} is longer than 500 characters"))
    return found


def _seconds_or_auto(value: str) -> bool:
    return value == "auto" or (value.isdigit() and int(value) > 0)

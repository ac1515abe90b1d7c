"""Checks a setup frame as the API does, and reads what it asks for. Pure; raises Refused 1007 or 1008."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from local.gemini.errors import ApiError, model_not_found
from local.gemini.models import find
from local.live.events import Refused, Tools
from local.live.vad import Sensitivity
from local.live.wire import parse_system, parse_tools, unknown

Json = dict[str, Any]
VOICES = frozenset({
    "Zephyr", "Puck", "Charon", "Kore", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus",
    "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar",
    "Alnilam", "Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia",
    "Sadaltager", "Sulafat",
})  # fmt: skip
_KEYS = frozenset({
    "model", "generationConfig", "systemInstruction", "tools", "sessionResumption", "contextWindowCompression",
    "inputAudioTranscription", "outputAudioTranscription", "realtimeInputConfig", "proactivity", "historyConfig",
    "avatarConfig", "safetySettings", "labels",
})  # fmt: skip
_VERTEX_KEYS = _KEYS | {"explicitVadSignal"}
_GENERATION = frozenset({
    "responseModalities", "speechConfig", "temperature", "topP", "topK", "maxOutputTokens", "mediaResolution", "seed",
    "thinkingConfig", "enableAffectiveDialog", "translationConfig", "candidateCount", "presencePenalty",
    "frequencyPenalty",
})  # fmt: skip
_REALTIME = frozenset({
    "automaticActivityDetection", "activityHandling", "turnCoverage", "interimTranscriptTimestampEnabled",
})  # fmt: skip
_DETECTION = frozenset({
    "disabled", "startOfSpeechSensitivity", "endOfSpeechSensitivity", "prefixPaddingMs", "silenceDurationMs",
})  # fmt: skip


@dataclass(frozen=True)
class Config:
    """What a session was set up as. `vad` None: the client marks speech itself."""

    model: str
    system: str = ""
    tools: Tools = field(default_factory=Tools)
    vad: Sensitivity | None = field(default_factory=Sensitivity)
    interrupts: bool = True
    transcribe_in: bool = False
    transcribe_out: bool = False
    resumption: bool = False
    handle: str | None = None
    history_first: bool = False


def parse_setup(body: Json, version: str, *, vertex: bool) -> Config:
    """The configuration of a setup frame in camelCase. Raises Refused."""
    _known(body, _VERTEX_KEYS if vertex else _KEYS, "setup")
    model = _model(body.get("model"), version)
    try:
        return _config(body, model)
    except ApiError as error:
        raise Refused(1007, error.message.strip()) from error
    except (TypeError, AttributeError, ValueError) as error:
        raise Refused(1007, "Request contains an invalid argument.") from error


def _config(body: Json, model: str) -> Config:
    _check_generation(body.get("generationConfig") or {}, model)
    if (body.get("proactivity") or {}).get("proactiveAudio") is False:
        raise Refused(1007, f"proactive_audio cannot be disabled for models/{model}.")
    realtime = body.get("realtimeInputConfig") or {}
    _known(realtime, _REALTIME, "setup.realtime_input_config")
    resumption = body.get("sessionResumption")
    _known(resumption or {}, {"handle", "transparent"}, "setup.session_resumption")
    return Config(
        model=model,
        system=parse_system(body.get("systemInstruction")),
        tools=parse_tools(body.get("tools") or []),
        vad=_detection(realtime.get("automaticActivityDetection") or {}),
        interrupts=realtime.get("activityHandling") != "NO_INTERRUPTION",
        transcribe_in=body.get("inputAudioTranscription") is not None,
        transcribe_out=body.get("outputAudioTranscription") is not None,
        resumption=resumption is not None,
        handle=(resumption or {}).get("handle"),
        history_first=bool((body.get("historyConfig") or {}).get("initialHistoryInClientContent")),
    )


def _known(body: Json, keys: Collection[str], where: str) -> None:
    for name in body:
        if name not in keys:
            raise unknown(name, where)


def _model(name: object, version: str) -> str:
    if not isinstance(name, str) or not name:
        raise Refused(1007, "setup.model: a model is required")
    short = name.rpartition("/")[2]
    if find(short, version, "bidiGenerateContent") is None:
        raise Refused(1008, model_not_found(short, version, "bidiGenerateContent").message)
    return short


def _check_generation(config: Json, model: str) -> None:
    _known(config, _GENERATION, "setup.generation_config")
    modalities = config.get("responseModalities") or ["AUDIO"]
    if [str(item).upper() for item in modalities] != ["AUDIO"]:
        raise Refused(1007, f"Cannot extract voices from a non-audio request: models/{model} answers in AUDIO only.")
    for name in ("thinkingConfig", "enableAffectiveDialog"):
        if config.get(name) and not model.endswith("-extended-thinking"):
            raise Refused(1007, f"{name} is not supported by models/{model}.")
    speech = config.get("speechConfig") or {}
    _known(speech, {"voiceConfig", "languageCode", "multiSpeakerVoiceConfig"}, "setup.generation_config.speech_config")
    if speech.get("multiSpeakerVoiceConfig"):
        raise Refused(1007, "Multi-speaker voices are not supported by the Live API.")
    voice = ((speech.get("voiceConfig") or {}).get("prebuiltVoiceConfig") or {}).get("voiceName")
    if voice is not None and voice not in VOICES:
        raise Refused(1007, f"Requested voice api_name '{voice}' is not available for model models/{model}.")


def _detection(body: Json) -> Sensitivity | None:
    _known(body, _DETECTION, "setup.realtime_input_config.automatic_activity_detection")
    if body.get("disabled"):
        return None
    quick = body.get("startOfSpeechSensitivity") != "START_SENSITIVITY_LOW"
    default = Sensitivity(onset_ms=40 if quick else 100)
    return Sensitivity(
        onset_ms=int(body.get("prefixPaddingMs") or default.onset_ms),
        silence_ms=int(body.get("silenceDurationMs") or default.silence_ms),
    )

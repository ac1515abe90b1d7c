"""Which voices and recognisers speak a language: tags of Edge for sound, of Twilio for the rest. Pure."""

from shared.adapters.speech.voices import BY_TAG, voice_for
from shared.domain.business import BusinessConfig
from shared.domain.phone import language_of
from shared.domain.phrases import base

# Those that <Say> speaks without a voice's name. Another one would fail the document: the text is then said in English.
_SAY = (
    "en-US", "en-GB", "en-AU", "en-CA", "en-IN", "es-ES", "es-MX", "de-DE", "fr-FR", "fr-CA", "it-IT", "pt-BR", "pt-PT",
    "nl-NL", "da-DK", "ca-ES", "fi-FI", "ja-JP", "ko-KR", "nb-NO", "pl-PL", "ru-RU", "sv-SE", "zh-CN", "zh-HK", "zh-TW",
)  # fmt: skip
_SAY_BY_VOICE = {"ar": {"voice": "Polly.Zeina", "language": "arb"}}


def locale_of(config: BusinessConfig) -> str:
    """Return the language with its country, as a recogniser needs it: the tag's own, the business's, or the usual."""
    tag = language_of(config)
    if "-" not in tag and f"{base(tag)}-{config.region}" in BY_TAG:
        return f"{base(tag)}-{config.region}"
    return "-".join(voice_for(tag, None).split("-")[:2])


def voice_of(config: BusinessConfig) -> str:
    """Return the voice of the turns."""
    tag, locale = language_of(config), locale_of(config)
    return voice_for(locale if base(locale) == base(tag) else tag, config.voice.turn_voice if config.voice else None)


def saying(locale: str) -> dict[str, str]:
    """Return the attributes with which Twilio says a text of this language."""
    if base(locale) in _SAY_BY_VOICE:
        return _SAY_BY_VOICE[base(locale)]
    fitting = [tag for tag in _SAY if base(tag) == base(locale)]
    return {"language": locale if locale in fitting else fitting[0]} if fitting else {}

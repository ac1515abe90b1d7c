"""Which voice speaks a language: names of the Edge endpoint. A table, no I/O.

The endpoint withdraws voices now and then: each one here is the long-standing one of its language.
"""

import re

# Speaks most languages passably: for those that the table does not know.
MULTILINGUAL = "en-US-EmmaMultilingualNeural"

_NAME = re.compile(r"[a-z]{2,3}-[A-Z]{2}-(?:[a-z]{2,20}-)?[A-Za-z]{2,40}Neural")
_OTHER_NAMES = {"iw": "he", "in": "id", "no": "nb", "nn": "nb", "tl": "fil", "mo": "ro"}
_LATIN_AMERICA = "419"

# The first of a language speaks it when its country is not said or has no voice here.
_VOICES = (
    "en-US-JennyNeural", "en-GB-SoniaNeural", "en-AU-NatashaNeural", "en-CA-ClaraNeural", "en-IE-EmilyNeural",
    "en-IN-NeerjaNeural", "en-NZ-MollyNeural", "en-ZA-LeahNeural", "en-SG-LunaNeural",
    "es-ES-ElviraNeural", "es-MX-DaliaNeural", "es-AR-ElenaNeural", "es-CL-CatalinaNeural", "es-CO-SalomeNeural",
    "es-PE-CamilaNeural", "es-US-PalomaNeural", "es-UY-ValentinaNeural", "es-VE-PaolaNeural",
    "de-DE-KatjaNeural", "de-AT-IngridNeural", "de-CH-LeniNeural",
    "fr-FR-DeniseNeural", "fr-CA-SylvieNeural", "fr-BE-CharlineNeural", "fr-CH-ArianeNeural",
    "ar-SA-ZariyahNeural", "ar-EG-SalmaNeural", "ar-AE-FatimaNeural", "ar-MA-MounaNeural",
    "pt-BR-FranciscaNeural", "pt-PT-RaquelNeural", "it-IT-ElsaNeural", "nl-NL-ColetteNeural", "nl-BE-DenaNeural",
    "zh-CN-XiaoxiaoNeural", "zh-TW-HsiaoChenNeural", "zh-HK-HiuMaanNeural", "ja-JP-NanamiNeural",
    "ko-KR-SunHiNeural", "hi-IN-SwaraNeural", "bn-IN-TanishaaNeural", "ta-IN-PallaviNeural", "te-IN-ShrutiNeural",
    "mr-IN-AarohiNeural", "gu-IN-DhwaniNeural", "ml-IN-SobhanaNeural", "ur-PK-UzmaNeural", "ne-NP-HemkalaNeural",
    "fa-IR-DilaraNeural", "he-IL-HilaNeural", "tr-TR-EmelNeural", "ru-RU-SvetlanaNeural", "uk-UA-PolinaNeural",
    "pl-PL-ZofiaNeural", "cs-CZ-VlastaNeural", "sk-SK-ViktoriaNeural", "sl-SI-PetraNeural", "hr-HR-GabrijelaNeural",
    "sr-RS-SophieNeural", "bs-BA-VesnaNeural", "mk-MK-MarijaNeural", "bg-BG-KalinaNeural", "ro-RO-AlinaNeural",
    "hu-HU-NoemiNeural", "el-GR-AthinaNeural", "sq-AL-AnilaNeural", "sv-SE-SofieNeural", "nb-NO-PernilleNeural",
    "da-DK-ChristelNeural", "fi-FI-NooraNeural", "is-IS-GudrunNeural", "et-EE-AnuNeural", "lv-LV-EveritaNeural",
    "lt-LT-OnaNeural", "ca-ES-JoanaNeural", "gl-ES-SabelaNeural", "cy-GB-NiaNeural", "ga-IE-OrlaNeural",
    "mt-MT-GraceNeural", "ka-GE-EkaNeural", "kk-KZ-AigulNeural", "az-AZ-BanuNeural", "uz-UZ-MadinaNeural",
    "id-ID-GadisNeural", "ms-MY-YasminNeural", "fil-PH-BlessicaNeural", "vi-VN-HoaiMyNeural",
    "th-TH-PremwadeeNeural", "km-KH-SreymomNeural", "sw-KE-ZuriNeural", "af-ZA-AdriNeural", "zu-ZA-ThandoNeural",
    "am-ET-MekdesNeural", "so-SO-UbaxNeural", "ps-AF-LatifaNeural",
)  # fmt: skip


def _by_tag() -> dict[str, str]:
    table: dict[str, str] = {}
    for voice in _VOICES:
        language, region, _ = voice.split("-")
        table.setdefault(language, voice)
        table[f"{language}-{region}"] = voice
    # Written Chinese says which one is meant by its script.
    table["zh-HANT"] = table["zh-TW"]
    table[f"es-{_LATIN_AMERICA}"] = table["es-MX"]
    return table


BY_TAG = _by_tag()
"""From `en` and `en-GB` (region and script in capitals) to a voice's name."""


def is_voice(name: str) -> bool:
    """Say whether `name` has the form of a voice's name, such as en-GB-SoniaNeural."""
    return _NAME.fullmatch(name) is not None


def voice_for(language: str, chosen: str | None) -> str:
    """Return the voice to speak with.

    Args:
        language: a language tag such as en, en-GB or zh-Hant-TW; one without a voice gets the multilingual voice.
        chosen: the business's own choice, taken when it is a voice's name at all.
    """
    if chosen and is_voice(chosen):
        return chosen
    primary, *rest = language.strip().replace("_", "-").split("-")
    code = _OTHER_NAMES.get(primary.lower(), primary.lower())
    tags = [f"{code}-{part.upper()}" for part in reversed(rest)]
    return next((BY_TAG[tag] for tag in [*tags, code] if tag in BY_TAG), MULTILINGUAL)

"""The voices there are, as the real endpoint lists them. Those it does not know stay silent. Data, no I/O."""

import re

_FORMAT = "audio-24khz-48kbitrate-mono-mp3"
_NAME = re.compile(r"Microsoft Server Speech Text to Speech Voice \((\S+), (\w+)\)")

# One locale a line; men after the bar.
_VOICES = """
af-ZA Adri | Willem
am-ET Mekdes | Ameha
ar-AE Fatima | Hamdan
ar-EG Salma | Shakir
ar-MA Mouna | Jamal
ar-SA Zariyah | Hamed
az-AZ Banu | Babek
bg-BG Kalina | Borislav
bn-IN Tanishaa | Bashkar
bs-BA Vesna | Goran
ca-ES Joana | Enric
cs-CZ Vlasta | Antonin
cy-GB Nia | Aled
da-DK Christel | Jeppe
de-AT Ingrid | Jonas
de-CH Leni | Jan
de-DE Amala Katja SeraphinaMultilingual | Conrad FlorianMultilingual Killian
el-GR Athina | Nestoras
en-AU Natasha | WilliamMultilingual
en-CA Clara | Liam
en-GB Libby Maisie Sonia | Ryan Thomas
en-IE Emily | Connor
en-IN Neerja | Prabhat
en-NZ Molly | Mitchell
en-SG Luna | Wayne
en-US Ana Aria Ava AvaMultilingual Emma EmmaMultilingual Jenny Michelle | Andrew AndrewMultilingual Brian Eric Guy
en-ZA Leah | Luke
es-AR Elena | Tomas
es-CL Catalina | Lorenzo
es-CO Salome | Gonzalo
es-ES Elvira | Alvaro
es-MX Dalia | Jorge
es-PE Camila | Alex
es-US Paloma | Alonso
es-UY Valentina | Mateo
es-VE Paola | Sebastian
et-EE Anu | Kert
fa-IR Dilara | Farid
fi-FI Noora | Harri
fil-PH Blessica | Angelo
fr-BE Charline | Gerard
fr-CA Sylvie | Antoine Jean
fr-CH Ariane | Fabrice
fr-FR Denise Eloise VivienneMultilingual | Henri RemyMultilingual
ga-IE Orla | Colm
gl-ES Sabela | Roi
gu-IN Dhwani | Niranjan
he-IL Hila | Avri
hi-IN Swara | Madhur
hr-HR Gabrijela | Srecko
hu-HU Noemi | Tamas
id-ID Gadis | Ardi
is-IS Gudrun | Gunnar
it-IT Elsa Isabella | Diego GiuseppeMultilingual
ja-JP Nanami | Keita
ka-GE Eka | Giorgi
kk-KZ Aigul | Daulet
km-KH Sreymom | Piseth
ko-KR SunHi | InJoon
lt-LT Ona | Leonas
lv-LV Everita | Nils
mk-MK Marija | Aleksandar
ml-IN Sobhana | Midhun
mr-IN Aarohi | Manohar
ms-MY Yasmin | Osman
mt-MT Grace | Joseph
nb-NO Pernille | Finn
ne-NP Hemkala | Sagar
nl-BE Dena | Arnaud
nl-NL Colette Fenna | Maarten
pl-PL Zofia | Marek
ps-AF Latifa | GulNawaz
pt-BR Francisca ThalitaMultilingual | Antonio
pt-PT Raquel | Duarte
ro-RO Alina | Emil
ru-RU Svetlana | Dmitry
sk-SK Viktoria | Lukas
sl-SI Petra | Rok
so-SO Ubax | Muuse
sq-AL Anila | Ilir
sr-RS Sophie | Nicholas
sv-SE Sofie | Mattias
sw-KE Zuri | Rafiki
ta-IN Pallavi | Valluvar
te-IN Shruti | Mohan
th-TH Premwadee | Niwat
tr-TR Emel | Ahmet
uk-UA Polina | Ostap
ur-PK Uzma | Asad
uz-UZ Madina | Sardor
vi-VN HoaiMy | NamMinh
zh-CN Xiaoxiao Xiaoyi liaoning-Xiaobei shaanxi-Xiaoni | Yunjian Yunxi Yunxia Yunyang
zh-HK HiuGaai HiuMaan | WanLung
zh-TW HsiaoChen HsiaoYu | YunJhe
zu-ZA Thando | Themba
"""


def _entry(locale: str, name: str, gender: str) -> dict[str, object]:
    # A dialect's name carries its place, which belongs to the locale in the long form.
    place, _, given = name.rpartition("-")
    where = f"{locale}-{place}" if place else locale
    return {
        "Name": f"Microsoft Server Speech Text to Speech Voice ({where}, {given}Neural)",
        "ShortName": f"{locale}-{name}Neural",
        "Gender": gender,
        "Locale": where,
        "SuggestedCodec": _FORMAT,
        "FriendlyName": f"Microsoft {given} Online (Natural) - {where}",
        "Status": "GA",
        "VoiceTag": {"ContentCategories": ["General"], "VoicePersonalities": ["Friendly", "Positive"]},
    }


def _entries() -> list[dict[str, object]]:
    found = []
    for line in _VOICES.strip().splitlines():
        locale, _, names = line.partition(" ")
        women, _, men = names.partition("|")
        found += [_entry(locale, name, "Female") for name in women.split()]
        found += [_entry(locale, name, "Male") for name in men.split()]
    return found


VOICES = _entries()
GENDERS = {str(entry["ShortName"]): str(entry["Gender"]) for entry in VOICES}


def short_name(name: str) -> str:
    """Return `en-GB-SoniaNeural` for the long form that clients send; the name itself when it is short already."""
    found = _NAME.fullmatch(name)
    return f"{found[1]}-{found[2]}" if found else name

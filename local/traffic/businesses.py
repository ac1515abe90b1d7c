"""The businesses of the simulation: how each is configured, when it is busy, and how its conversations tend to go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.business import BusinessConfig

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Profile:
    """One business and its habits. Shares and chances are from 0 to 1; weights have any sum.

    Args:
        size: weight of its events among the businesses'.
        languages, intents, pages, ctas: weights; a call to action's chance of a click is in `clicks`.
        peaks: local hours around which visitors come; `days` are weights from Monday to Sunday.
        mood: mean sentiment score of a message.
        calls: share of sessions by phone.
        gap, lead, deal, handoff: chances, per answered question and per session.
        amount: median of a deal, in the business's own money.
    """

    id: str
    config: BusinessConfig
    size: float
    languages: Weights
    intents: Weights
    pages: Weights
    clicks: Weights
    peaks: tuple[tuple[float, float], ...]
    days: tuple[float, ...]
    mood: float = 0.12
    calls: float = 0.1
    gap: float = 0.05
    lead: float = 0.15
    deal: float = 0.4
    handoff: float = 0.04
    amount: float = 120.0
    ms: float = 900.0
    arms: Weights = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """Its time zone."""
        return self.config.opening_hours.time_zone


def _config(name: str, zone: str, languages: tuple[str, ...], week: Mapping[str, str], region: str) -> BusinessConfig:
    """Return a configuration; `week` maps days to `09:00-17:00`."""
    weekly = {day: [dict(zip(("open", "close"), span.split("-"), strict=True))] for day, span in week.items()}
    site = f"https://{name.lower().replace(' ', '')}.example"
    tree = [
        {"id": "book", "label": "Book", "kind": "link", "url": f"{site}/book", "keywords": ["book"]},
        {"id": "prices", "label": "Prices", "kind": "link", "url": f"{site}/prices", "keywords": ["price"]},
        {"id": "visit", "label": "Find us", "kind": "link", "url": f"{site}/visit", "keywords": ["where"]},
        {"id": "ask", "label": "Ask the team", "kind": "message", "message": "I want to talk to a person"},
    ]
    document = {
        "name": name, "website": site, "languages": languages, "region": region, "cta_tree": tree,
        "opening_hours": {"time_zone": zone, "weekly": weekly}, "appointment": {"booking_cta": "book"},
    }  # fmt: skip
    return BusinessConfig.model_validate(document)


_WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_ALL = (*_WORKDAYS, "saturday", "sunday")

PROFILES = (
    Profile(
        "harbour-dental",
        _config(
            "Harbour Dental", "Europe/London", ("en-GB",),
            {**dict.fromkeys(_WORKDAYS, "08:30-18:00"), "saturday": "09:00-13:00"}, region="GB",
        ),
        size=5, languages={"en": 0.93, "pl": 0.05, "fr": 0.02},
        intents={"appointment": 5, "pricing": 3, "opening_hours": 2, "question": 3, "contact": 1, "none": 1},
        pages={"/": 5, "/whitening": 3, "/implants": 2, "/emergency": 2},
        clicks={"book": 0.24, "prices": 0.1, "visit": 0.06, "ask": 0.03},
        peaks=((9.5, 1.6), (13.0, 1.0), (20.0, 1.8)), days=(1.3, 1.1, 1.0, 1.0, 0.9, 0.6, 0.5),
        calls=0.18, lead=0.22, amount=180, arms={"short": 0.5, "warm": 0.5},
    ),
    Profile(
        "taller-jacaranda",
        _config(
            "Taller Jacaranda", "America/Mexico_City", ("es", "en"),
            {**dict.fromkeys(_WORKDAYS, "08:00-19:00"), "saturday": "08:00-14:00"}, region="MX",
        ),
        size=2, languages={"es": 0.9, "en": 0.1},
        intents={"pricing": 5, "appointment": 3, "location": 2, "person": 1, "question": 2, "none": 1},
        pages={"/": 4, "/frenos": 3, "/afinacion": 3},
        clicks={"book": 0.12, "prices": 0.2, "visit": 0.15, "ask": 0.06},
        peaks=((10.5, 1.8), (17.5, 1.5)), days=(1.4, 1.0, 1.0, 1.0, 1.2, 1.1, 0.2),
        mood=0.05, calls=0.3, handoff=0.08, amount=2400, ms=1150,
    ),
    Profile(
        "monsoon-electronics",
        _config(
            "Monsoon Electronics", "Asia/Kolkata", ("en-IN", "hi"), dict.fromkeys(_ALL, "10:00-21:00"), region="IN",
        ),
        size=8, languages={"en": 0.72, "hi": 0.26, "ta": 0.02},
        intents={"complaint": 4, "question": 5, "pricing": 4, "person": 2, "off_topic": 1, "contact": 1, "none": 2},
        pages={"/": 2, "/phones": 5, "/returns": 4, "/orders": 4, "/offers": 3},
        clicks={"book": 0.02, "prices": 0.16, "visit": 0.04, "ask": 0.12},
        peaks=((12.0, 2.0), (21.5, 2.0)), days=(0.9, 0.9, 0.9, 1.0, 1.1, 1.5, 1.6),
        mood=-0.12, calls=0.05, gap=0.14, lead=0.07, deal=0.25, handoff=0.1, amount=6500, ms=1400,
    ),
    Profile(
        "alpenrad-verleih",
        _config(
            "Alpenrad Verleih", "Europe/Berlin", ("de", "en", "fr"),
            {day: "08:00-18:00" for day in _ALL if day != "monday"}, region="DE",
        ),
        size=1.5, languages={"de": 0.7, "en": 0.2, "fr": 0.1},
        intents={"pricing": 4, "appointment": 4, "opening_hours": 3, "location": 3, "question": 2},
        pages={"/": 3, "/e-bikes": 4, "/touren": 3},
        clicks={"book": 0.3, "prices": 0.15, "visit": 0.2, "ask": 0.02},
        peaks=((8.0, 1.2), (18.5, 2.0)), days=(0.5, 0.7, 0.8, 1.0, 1.6, 2.2, 1.8),
        mood=0.25, gap=0.03, lead=0.25, deal=0.6, amount=75,
    ),
    Profile(
        "oasis-clinic",
        _config(
            "Oasis Clinic", "Asia/Riyadh", ("ar", "en"),
            {day: "09:00-22:00" for day in _ALL if day not in ("friday", "saturday")}, region="SA",
        ),
        size=3, languages={"ar": 0.8, "en": 0.2},
        intents={"appointment": 6, "person": 2, "pricing": 2, "location": 2, "opening_hours": 2, "none": 1},
        pages={"/": 4, "/derma": 3, "/laser": 4},
        clicks={"book": 0.2, "prices": 0.12, "visit": 0.12, "ask": 0.1},
        peaks=((17.0, 2.0), (22.0, 1.5)), days=(1.1, 1.1, 1.1, 1.0, 0.5, 0.8, 1.4),
        calls=0.25, lead=0.28, amount=700,
    ),
    Profile(
        "lakeside-legal",
        _config(
            "Lakeside Legal", "America/New_York", ("en", "es"), dict.fromkeys(_WORKDAYS, "09:00-17:00"), region="US",
        ),
        size=1, languages={"en": 0.8, "es": 0.2},
        intents={"question": 6, "contact": 3, "pricing": 3, "appointment": 3, "person": 2, "complaint": 1},
        pages={"/": 3, "/immigration": 4, "/family": 3},
        clicks={"book": 0.18, "prices": 0.08, "visit": 0.03, "ask": 0.14},
        peaks=((11.0, 2.0), (15.0, 1.5)), days=(1.3, 1.2, 1.1, 1.1, 0.9, 0.2, 0.2),
        mood=-0.02, calls=0.35, gap=0.09, lead=0.35, deal=0.5, handoff=0.12, amount=1500, ms=1600,
    ),
)  # fmt: skip

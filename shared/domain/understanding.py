"""What a turn was understood as: frozen values that the features make and the engine passes on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Intent:
    """What the visitor wants, with a confidence from 0 to 1. `none` says: not recognised."""

    name: str = "none"
    confidence: float = 0.0


NOT_RECOGNISED = Intent()


@dataclass(frozen=True)
class IntentScore:
    """How near an intent's examples are: cosine of the nearest, calibrated probability, and that example."""

    name: str
    similarity: float
    probability: float
    example: str


@dataclass(frozen=True)
class IntentMatch:
    """The recognised intent (`none` when no example is near enough) and the best candidates, best first."""

    intent: Intent = NOT_RECOGNISED
    candidates: tuple[IntentScore, ...] = ()


@dataclass(frozen=True)
class Sentiment:
    """How the visitor sounds: `score` from -1 (furious) to 1 (delighted); `evidence` the words that said so."""

    label: str = "neutral"
    score: float = 0.0
    evidence: tuple[str, ...] = ()


NO_SENTIMENT = Sentiment("unknown")


@dataclass(frozen=True)
class Given:
    """A value the visitor stated for a field: normal form, how people write it, and the words it came from."""

    field: str
    value: str
    shown: str
    said: str


@dataclass(frozen=True)
class Rejected:
    """Words that were meant as a field's value but are none; `reason` is a code such as `email_domain`."""

    field: str
    said: str
    reason: str


@dataclass(frozen=True)
class Heard:
    """What a message says about fields.

    Args:
        given: values for fields that were free.
        corrected: explicit corrections of locked fields.
        contested: values that differ from a locked one without being a correction: ignored.
        rejected: what fails validation; the asked field is asked again with the reason.
        withdrawn: fields the visitor says are wrong, without the right value ("that's not my e-mail").
        refused: the visitor does not want to answer what was asked.
        bare: the message is nothing but details, whether or not they were asked for.
    """

    given: tuple[Given, ...] = ()
    corrected: tuple[Given, ...] = ()
    contested: tuple[Given, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    withdrawn: tuple[str, ...] = ()
    refused: bool = False
    bare: bool = False

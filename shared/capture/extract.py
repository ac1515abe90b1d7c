"""What one message says about fields. Deterministic; in doubt nothing is captured: asking again is cheaper.

Values that are announced or recognised by their form go to their field from anywhere in the text; a bare answer goes to
the field that was asked for, and to no other. What is locked changes only by an explicit correction.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from shared.capture import addresses, answers, cues, introductions
from shared.capture.corrections import is_correction, says_wrong, swapped_name
from shared.capture.courtesy import is_courtesy
from shared.capture.found import Found, without_overlaps
from shared.capture.said import Said, level, said
from shared.capture.validate import InvalidValue, Valid, validate
from shared.capture.words import NO, YES
from shared.domain.fields import FieldSpec, FieldType, FieldValue
from shared.domain.understanding import Given, Heard, Rejected

MAX_CHARS = 4000
_FAR = 120  # characters: how far behind "not" the value that is denied may stand
_FEWEST_PHONE_DIGITS = 6
NOTHING = Heard()


@dataclass(frozen=True)
class _Scene:
    """One message and everything it is understood with."""

    said: Said
    specs: Mapping[str, FieldSpec]
    known: Mapping[str, FieldValue]
    asking: str
    region: str
    today: date

    def locked(self, field: str) -> FieldValue | None:
        value = self.known.get(field)
        return value if value and value.locked else None

    def asked(self, kind: FieldType) -> bool:
        spec = self.specs.get(self.asking)
        return spec is not None and spec.type == kind

    def validated(self, found: Found) -> Valid:
        return validate(self.specs[found.field], self.said.written(found.start, found.end), self.region, self.today)


def hear(
    text: str, specs: Mapping[str, FieldSpec], known: Mapping[str, FieldValue], asking: str, region: str, today: date
) -> Heard:
    """Return what `text` says about fields.

    Args:
        text: the visitor's message.
        specs: every field of the business, by id.
        known: what is known already.
        asking: the field the last reply asked for, or asked to confirm; "" none.
        region: the business's country, two letters.
        today: the business's date.
    """
    message = said(text[:MAX_CHARS])
    if not message.sentences:
        return NOTHING
    scene = _Scene(message, specs, known, asking if asking in specs else "", region, today)
    found = without_overlaps([*_everything(scene)])
    outcome = _sorted_out(scene, found)
    outcome = _with_answer(scene, outcome, found)
    outcome = _with_doubts(scene, outcome, found)
    return outcome if outcome.bare else replace(outcome, bare=_only_details(scene, outcome, found))


def _everything(scene: _Scene) -> Iterator[Found]:
    """Yield every value that is recognised by its form or by its announcement."""
    message = scene.said
    if field := _field_of(scene, "email"):
        asked = scene.asked("email")
        yield from (_routed(scene, one, "email") for one in addresses.emails(message, field, asked=asked))
    digits = sum(map(str.isdecimal, message.text))
    if (field := _field_of(scene, "phone")) and digits >= (1 if scene.asked("phone") else _FEWEST_PHONE_DIGITS):
        asked = scene.asked("phone")
        yield from (_routed(scene, one, "phone") for one in addresses.phones(message, field, asked=asked))
    yield from cues.announced(message, scene.specs)
    if field := _field_of(scene, "name"):
        if (lock := scene.locked(field)) and (place := swapped_name(message, lock.value)):
            yield Found(field, *place, place[0], explicit=True, corrects=True)
        yield from introductions.names(message, field, asked=scene.asked("name"))


def _field_of(scene: _Scene, kind: FieldType) -> str:
    """Return the field that a value of this form goes to: the asked one, else the built-in one."""
    if scene.asked(kind):
        return scene.asking
    return kind if kind in scene.specs else ""


def _routed(scene: _Scene, found: Found, kind: FieldType) -> Found:
    """Return the value with the field whose cue or label stands before it, where another of its type has one."""
    before = scene.said.folded[scene.said.sentence_at(found.start).start : found.start]
    for spec in scene.specs.values():
        if spec.type == kind and spec.id != kind and any(level(cue) in before for cue in (*spec.cues, spec.label)):
            return replace(found, field=spec.id)
    return found


def _sorted_out(scene: _Scene, found: list[Found]) -> Heard:
    """Return the values of what was found, one for each field: the last announced one, else the last."""
    outcome = NOTHING
    for field in dict.fromkeys(one.field for one in found):
        mine = [one for one in found if one.field == field and not one.denied]
        if not mine:
            continue
        best = _best(scene, mine)
        outcome = _with_value(scene, outcome, best, correcting=_corrects(scene, best, found))
    return outcome


def _best(scene: _Scene, mine: list[Found]) -> Found:
    """Return the value that counts: announced before mentioned, then the last; of names the first, unless corrected."""
    if scene.specs[mine[0].field].type == "name":
        corrections = [one for one in mine[1:] if is_correction(scene.said, one.begin, one.start, one.end, 0)]
        return corrections[-1] if corrections else mine[0]
    return max(mine, key=lambda one: (not one.attempt, one.explicit, one.start))


def _corrects(scene: _Scene, best: Found, found: list[Found]) -> bool:
    """Say whether `best` replaces what is known: said so, or the other value denied, or typed when asked to confirm."""
    if not scene.locked(best.field):
        return False
    if best.corrects or best.field == scene.asking or any(one.denied for one in found if one.field == best.field):
        return True
    floor = max((one.end for one in found if one.end <= best.begin), default=0)
    if is_correction(scene.said, best.begin, best.start, best.end, floor):
        return True
    return says_wrong(scene.said, scene.specs[best.field]) or _old_value_denied(scene, best.field)


def _with_value(scene: _Scene, outcome: Heard, found: Found, *, correcting: bool) -> Heard:
    """Return `outcome` with a value where it belongs: given, corrected, contested or rejected."""
    words = scene.said.written(found.start, found.end).strip()
    lock = scene.locked(found.field)
    try:
        valid = scene.validated(found)
    except InvalidValue as error:
        mentioned = not found.explicit and found.field != scene.asking and scene.specs[found.field].type == "phone"
        if mentioned or (lock and not correcting):  # digits that are no phone number are some other number
            return outcome
        return replace(outcome, rejected=(*outcome.rejected, Rejected(found.field, words, error.reason)))
    given = Given(found.field, valid.value, valid.shown, words)
    if lock and _same(scene.specs[found.field], lock.value, valid.value):
        given = replace(given, value=lock.value, shown=lock.shown)
        return replace(outcome, given=(*outcome.given, given))
    if not lock:
        return replace(outcome, given=(*outcome.given, given))
    if correcting:
        return replace(outcome, corrected=(*outcome.corrected, given))
    return replace(outcome, contested=(*outcome.contested, given))


def _same(spec: FieldSpec, locked: str, stated: str) -> bool:
    """Say whether both are one value; "Ana" is the locked "Ana López" too, and the case of letters is no difference."""
    if spec.type in ("name", "text", "email"):
        old, new = level(locked), level(stated)
        return old == new or (spec.type == "name" and set(new.split()) < set(old.split()))
    return locked == stated


def _with_answer(scene: _Scene, outcome: Heard, found: list[Found]) -> Heard:
    """Return `outcome` with the bare answer to what was asked, and whether the message is nothing else."""
    spec = scene.specs.get(scene.asking)
    if spec is None:
        return outcome
    if spec.id in _stated(outcome) | {one.field for one in found}:
        return outcome
    return _with_reply(scene, outcome, spec, found)


def _with_reply(scene: _Scene, outcome: Heard, spec: FieldSpec, found: list[Found]) -> Heard:
    """Return `outcome` with what a message without a recognised value answers: yes, no, a refusal, a bare value."""
    if scene.locked(spec.id) and (verdict := _confirms(scene)):
        return _confirmed(scene, outcome, spec.id, verdict)
    if answers.refuses(scene.said) and not _is_plain_no(scene, spec):
        return replace(outcome, refused=True)
    answer = answers.answer(scene.said, spec, found)
    if answer.found is None:
        return outcome
    return _with_bare(scene, outcome, answer, others=bool(found))


def _stated(outcome: Heard) -> set[str]:
    """Return the fields that a value was stated for, valid or not."""
    valid = {one.field for one in (*outcome.given, *outcome.corrected)}
    return valid | {one.field for one in outcome.rejected}


def _only_details(scene: _Scene, outcome: Heard, found: list[Found]) -> bool:
    """Say whether the message is nothing but details and what leads up to them."""
    heard = _stated(outcome) | {*outcome.withdrawn}
    if not found or outcome.contested or any(one.asks for one in scene.said.sentences):
        return False
    freely = {scene.asking} | {one.field for one in outcome.corrected}
    if any(one.field not in heard or (one.field not in freely and answers.says_more(scene.said, one)) for one in found):
        return False
    left = answers.remaining(scene.said, found)
    return all(is_courtesy(scene.said.folded[start:end]) for start, end in left)


def _with_bare(scene: _Scene, outcome: Heard, answer: answers.Answer, *, others: bool) -> Heard:
    """Return `outcome` with a bare answer; beside `others` that were found, what is no value was no attempt at one."""
    found = answer.found
    if found is None:
        return outcome
    after = _with_value(scene, outcome, found, correcting=True)
    if after.rejected != outcome.rejected:
        reason, spec = after.rejected[-1].reason, scene.specs[found.field]
        if others or not answers.was_tried(scene.said, spec, found, reason):
            return outcome
        # "opening hours" may have been meant as a choice, but wants an answer then
        return replace(after, bare=answer.alone and spec.type not in ("choice", "text"))
    return replace(after, bare=answer.alone and not after.contested)


def _confirms(scene: _Scene) -> str:
    """Return "yes" or "no" when the message is that, as an answer to "is this right?"."""
    words = scene.said.folded.strip(" \n.,!").replace(",", "")
    return "yes" if words in YES else "no" if words in NO else ""


def _confirmed(scene: _Scene, outcome: Heard, field: str, verdict: str) -> Heard:
    if verdict == "no":
        return replace(outcome, withdrawn=(field,), bare=True)
    lock = scene.known[field]
    given = Given(field, lock.value, lock.shown, scene.said.marked)
    return replace(outcome, given=(*outcome.given, given), bare=True)


def _is_plain_no(scene: _Scene, spec: FieldSpec) -> bool:
    """Say whether "no" or "no thanks" is the answer: to a yes-no question, or where it is one of the choices."""
    words = scene.said.folded.strip(" \n.,!")
    if spec.type == "choice":
        return words in {level(choice) for choice in spec.choices}
    return spec.type == "yes_no" and (words in NO or words.replace(",", "").split(" ")[0] in NO)


def _with_doubts(scene: _Scene, outcome: Heard, found: list[Found]) -> Heard:
    """Return `outcome` with the locked fields that the visitor says are wrong, without a right value."""
    if not any(value.locked for value in scene.known.values()):
        return outcome
    heard = {one.field for one in (*outcome.given, *outcome.corrected, *outcome.contested)} | {*outcome.withdrawn}
    wrong = [
        field
        for field in scene.known
        if field in scene.specs and field not in heard and scene.locked(field) and _is_doubted(scene, field, found)
    ]
    return replace(outcome, withdrawn=(*outcome.withdrawn, *wrong)) if wrong else outcome


def _is_doubted(scene: _Scene, field: str, found: Iterable[Found]) -> bool:
    if says_wrong(scene.said, scene.specs[field]) or _old_value_denied(scene, field):
        return True
    return any(_denies_known(scene, one) for one in found if one.field == field and one.denied)


def _denies_known(scene: _Scene, found: Found) -> bool:
    try:
        return scene.validated(found).value == scene.known[found.field].value
    except InvalidValue:
        return False


def _old_value_denied(scene: _Scene, field: str) -> bool:
    """Say whether "not <what is known>" is said, as in "it's Anna, not Ana"."""
    value = scene.known[field]
    negations = ("not ", "nicht ", "pas ", "ليس ", "no soy ", "no es ")
    return any(
        f" {level(form)} " in f" {_after(scene.said.folded, word)} "
        for word in negations
        if word in scene.said.folded
        for form in {value.value, value.shown}
    )


def _after(folded: str, word: str) -> str:
    """Return the few words behind `word`, without signs: where what is denied stands."""
    start = folded.index(word) + len(word)
    kept = (char if char.isalnum() or char in "@.+-' " else " " for char in folded[start : start + _FAR])
    return "".join(kept).strip(" .")

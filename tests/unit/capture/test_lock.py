"""How what was heard changes what is known, and which values of the model are taken."""

import pytest

from shared.capture.evidence import accept_call
from shared.capture.lock import learn
from shared.domain.understanding import Given, Heard, Rejected
from tests.unit.capture.said_tables import FIELDS, KNOWN, REGION, TODAY, a_value

NEW = Given("email", "b@x.com", "b@x.com", "b@x.com")
SAME = Given("email", "ana@x.com", "ana@x.com", "ana@x.com")


def test_a_given_value_is_heard_and_locked():
    """The first value of a field is kept with its message."""
    fields, changed = learn({}, Heard(given=(NEW,)), "m-1", "now")
    assert changed == ("email",)
    assert (fields["email"].value, fields["email"].state, fields["email"].locked) == ("b@x.com", "heard", True)
    assert fields["email"].message_id == "m-1"


def test_the_same_value_again_is_confirmed():
    """Nothing but its state changes."""
    fields, changed = learn(KNOWN, Heard(given=(SAME,)), "m-1", "now")
    assert changed == ("email",)
    assert (fields["email"].state, fields["email"].message_id) == ("confirmed", "m-0")


def test_a_locked_value_stays_unless_corrected():
    """Given and contested values do not touch it, a correction does."""
    assert learn(KNOWN, Heard(given=(NEW,)), "m-1", "now") == (KNOWN, ())
    assert learn(KNOWN, Heard(contested=(NEW,)), "m-1", "now") == (KNOWN, ())
    fields, changed = learn(KNOWN, Heard(corrected=(NEW,)), "m-1", "now")
    assert changed == ("email",)
    assert (fields["email"].value, fields["email"].state, fields["email"].locked) == ("b@x.com", "corrected", True)


def test_a_withdrawn_value_is_unlocked_until_a_new_one_comes():
    """It stays readable: there is nothing better yet."""
    fields, changed = learn(KNOWN, Heard(withdrawn=("email", "nothing")), "m-1", "now")
    assert changed == ("email",)
    assert (fields["email"].value, fields["email"].locked) == ("ana@x.com", False)
    fields, _ = learn(fields, Heard(given=(NEW,)), "m-2", "now")
    assert (fields["email"].value, fields["email"].locked) == ("b@x.com", True)


def test_learning_leaves_its_input_alone():
    """Sessions are values."""
    before = dict(KNOWN)
    learn(KNOWN, Heard(corrected=(NEW,), withdrawn=("phone",)), "m-1", "now")
    assert before == KNOWN


ACCEPTED = (
    ("email", "ana@x.com", "write to ANA@X.com please", "ana@x.com"),
    ("email", "ana@gmail.com", "it's ana at gmail dot com", "ana@gmail.com"),
    ("phone", "+34 600 123 456", "600-12-34-56 is fine", "+34600123456"),
    ("name", "Ana López", "the name would be ana lopez", "Ana López"),
    ("budget", "2000", "we could spend 2.000 or so", "2000"),
    ("day", "2026-11-27", "friday suits us", "2026-11-27"),
    ("color", "Blue", "something blue maybe", "Blue"),
    ("newsletter", "yes", "oh yes, send me everything", "yes"),
    ("company", "Acme", "that's for acme", "Acme"),
)
INVENTED = (
    ("email", "ana@x.com", "write to me"),
    ("email", "info@shop.com", "is info@shop.com your address?"),
    ("phone", "600123456", "call me"),
    ("name", "Ana López", "I am Ana"),
    ("budget", "2000", "as little as possible, 20 or so"),
    ("day", "2026-11-27", "on Monday"),
    ("color", "Blue", "like the sky"),
    ("newsletter", "yes", "no"),
    ("company", "Acme", "a company"),
    ("email", "", "ana@x.com"),
)


@pytest.mark.parametrize(("field", "value", "text", "expected"), ACCEPTED)
def test_a_value_of_the_model_that_was_said_is_taken(field, value, text, expected):
    """Its evidence stands in the visitor's message, in whatever form."""
    result = accept_call(FIELDS[field], value, text, {}, REGION, TODAY)
    assert isinstance(result, Given)
    assert result.value == expected


@pytest.mark.parametrize(("field", "value", "text"), INVENTED)
def test_a_value_that_nobody_said_is_not_taken(field, value, text):
    """A model that makes something up changes nothing."""
    assert accept_call(FIELDS[field], value, text, {}, REGION, TODAY) is None


def test_a_locked_field_takes_nothing_from_the_model():
    """Corrections are heard, not inferred; a withdrawn value may be replaced."""
    assert accept_call(FIELDS["email"], "b@x.com", "b@x.com", KNOWN, REGION, TODAY) is None
    free = {"email": a_value("ana@x.com").__class__("ana@x.com", "ana@x.com", "m-0", "then", locked=False)}
    assert isinstance(accept_call(FIELDS["email"], "b@x.com", "b@x.com", free, REGION, TODAY), Given)


def test_an_invalid_value_that_was_said_is_rejected_with_its_reason():
    """So that the question can be asked again, with the reason."""
    result = accept_call(FIELDS["budget"], "50", "my budget: 50", {}, REGION, TODAY)
    assert result == Rejected("budget", "50", "number_range")

"""What is a value of a field, its normal form, and why something is none."""

import pytest

from shared.capture.validate import InvalidValue, validate
from shared.domain.fields import FieldSpec, FieldType
from tests.unit.capture.said_tables import TODAY

CHOICES = ("Blue", "Light blue", "Green", "Dark Brown")


def a_spec(kind: FieldType, **fields: object) -> FieldSpec:
    """Return a field of a type."""
    extra = {"choices": CHOICES} if kind == "choice" else {}
    return FieldSpec.model_validate({"id": "x", "label": "X", "type": kind, **extra, **fields})


VALID: tuple[tuple[FieldType, str, str, str], ...] = (
    ("email", "Ana@GMAIL.com", "ES", "Ana@gmail.com"),
    ("email", " <ana@x.com>. ", "ES", "ana@x.com"),
    ("email", "mailto:ana@x.co.uk", "ES", "ana@x.co.uk"),
    ("phone", "600 123 456", "ES", "+34600123456"),
    ("phone", "+1 (202) 555-0123", "ES", "+12025550123"),
    ("phone", "06 12 34 56 78", "FR", "+33612345678"),
    ("phone", "٠٥٠١٢٣٤٥٦٧", "SA", "+966501234567"),
    ("name", "ana lópez", "ES", "Ana López"),
    ("name", "ANA", "ES", "ANA"),
    ("name", "jean-luc o'brien", "FR", "Jean-Luc O'Brien"),
    ("name", "ana de la cruz", "ES", "Ana de la Cruz"),
    ("name", "J. R. Smith", "US", "J. R. Smith"),
    ("name", "अनिता", "IN", "अनिता"),
    ("name", "محمد علي", "EG", "محمد علي"),
    ("name", "李", "CN", "李"),
    ("name", "Ana 😀", "ES", "Ana"),
    ("number", "1.500,50 €", "ES", "1500.5"),
    ("number", "$1,500.50", "ES", "1500.5"),
    ("number", "1.500", "US", "1500"),
    ("number", "1 500", "FR", "1500"),
    ("number", "0,5", "DE", "0.5"),
    ("number", "about 45 people", "US", "45"),
    ("number", "2k", "US", "2000"),
    ("number", "dos", "ES", "2"),
    ("number", "٤٥", "EG", "45"),
    ("date", "2027-05-01", "US", "2027-05-01"),
    ("date", "1/2/2027", "ES", "2027-02-01"),
    ("date", "1/2/2027", "US", "2027-01-02"),
    ("date", "13/2/2027", "US", "2027-02-13"),
    ("date", "1.2.2027", "US", "2027-02-01"),
    ("date", "24.12.", "DE", "2026-12-24"),
    ("date", "May 5, 2027", "US", "2027-05-05"),
    ("date", "5 de mayo", "ES", "2027-05-05"),
    ("date", "am 5. Mai 2027", "DE", "2027-05-05"),
    ("date", "1er mai", "FR", "2027-05-01"),
    ("date", "٥ مايو ٢٠٢٧", "EG", "2027-05-05"),
    ("date", "tomorrow", "US", "2026-11-26"),
    ("date", "Friday", "US", "2026-11-27"),
    ("date", "29 Feb", "US", "2028-02-29"),
    ("choice", "the BLUE one", "ES", "Blue"),
    ("choice", "light blue", "ES", "Light blue"),
    ("choice", "dark", "ES", "Dark Brown"),
    ("yes_no", "Yes, please!", "ES", "yes"),
    ("yes_no", "not yet", "ES", "no"),
    ("yes_no", "claro que sí", "ES", "yes"),
    ("text", "  a  b ", "ES", "a b"),
)
INVALID: tuple[tuple[FieldType, str, str], ...] = (
    ("email", "ana@", "email_syntax"),
    ("email", "ana..b@x.com", "email_syntax"),
    ("email", "ana@x", "email_domain"),
    ("email", "ana@gmail.con", "email_domain"),
    ("phone", "12345", "phone_too_short"),
    ("phone", "600 123 456 789 012", "phone_too_long"),
    ("phone", "100 000 000", "phone_invalid"),
    ("phone", "abc", "phone_syntax"),
    ("name", "Ana1", "name_invalid"),
    ("name", "www.x.com", "name_invalid"),
    ("name", "I am here", "name_invalid"),
    ("name", "one two three four five six", "name_invalid"),
    ("name", "X", "name_invalid"),
    ("number", "lots", "number_invalid"),
    ("number", "50-60", "number_invalid"),
    ("date", "31/02/2027", "date_invalid"),
    ("date", "1/1/3000", "date_invalid"),
    ("date", "soon", "date_syntax"),
    ("choice", "red", "choice_unknown"),
    ("choice", "not blue", "choice_unknown"),
    ("choice", "blue or green", "choice_ambiguous"),
    ("yes_no", "maybe", "yes_no_unknown"),
    ("text", " !? ", "text_empty"),
    ("text", "a" * 501, "text_too_long"),
)


@pytest.mark.parametrize(("kind", "raw", "region", "value"), VALID)
def test_a_value_has_one_normal_form(kind, raw, region, value):
    """However it is typed; and that form validates to itself."""
    spec = a_spec(kind)
    assert validate(spec, raw, region, TODAY).value == value
    assert validate(spec, value, region, TODAY).value == value


@pytest.mark.parametrize(("kind", "raw", "region", "value"), VALID)
def test_what_is_shown_means_the_same(kind, raw, region, value):
    """A visitor who repeats what was shown states the same value."""
    shown = validate(a_spec(kind), raw, region, TODAY).shown
    assert validate(a_spec(kind), shown, region, TODAY).value == value


@pytest.mark.parametrize(("kind", "raw", "reason"), INVALID)
def test_what_is_no_value_has_a_reason(kind, raw, reason):
    """The reasons are stable codes: goals ask again with them."""
    with pytest.raises(InvalidValue) as failed:
        validate(a_spec(kind), raw, "ES", TODAY)
    assert failed.value.reason == reason


def test_a_number_stays_within_its_limits():
    """Both ends belong to the range; what may be read in two ways is read so that it fits."""
    spec = a_spec("number", minimum=1, maximum=100)
    assert validate(spec, "1", "ES", TODAY).value == "1"
    assert validate(spec, "100", "ES", TODAY).value == "100"
    assert validate(spec, "1.500", "ES", TODAY).value == "1.5"
    for raw in ("0", "101", "-5"):
        with pytest.raises(InvalidValue, match="number_range"):
            validate(spec, raw, "ES", TODAY)


def test_a_phone_number_is_shown_as_people_write_it():
    """E.164 is for machines."""
    assert validate(a_spec("phone"), "600123456", "ES", TODAY).shown == "+34 600 12 34 56"

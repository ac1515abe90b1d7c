"""Sources of knowledge: what may be saved, and that what was saved can be built from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.ingestion.sources import FileSource, Source, SourceIn, default_name, load_source
from tests.unit.properties import NORMAL

IN: TypeAdapter[Source] = TypeAdapter(SourceIn)
SITE = "https://a.example"
VALID = (
    {"kind": "website", "start_urls": [SITE]},
    {"kind": "website", "start_urls": [f"{SITE}/{n}" for n in range(20)], "include": ["/a*"], "max_depth": 0},
    {"kind": "website", "start_urls": [f"{SITE}/" + "a" * 1000]},
    {"kind": "website", "start_urls": [f"{SITE}/" + "a" * 1000], "name": "Our site"},
    {"kind": "sitemap", "url": f"{SITE}/sitemap.xml", "exclude": ["*/old/*"]},
    {"kind": "sitemap", "url": f"{SITE}/{'b' * 500}.xml"},
    {"kind": "text", "title": "Hours", "text": "Open at nine."},
    {"kind": "text", "title": "t" * 200, "text": "x" * 200_000, "url": SITE},
    {"kind": "faq", "pairs": [{"question": "Open?", "answer": "At nine."}]},
    {"kind": "faq", "pairs": [{"question": "q" * 500, "answer": "a" * 5000, "url": SITE}] * 1000},
)  # fmt: skip


@pytest.mark.parametrize("document", VALID, ids=range(len(VALID)))
def test_what_may_be_saved_can_be_built(document):
    """The stored form, kind and name beside it, is read back as the same source, also when its name was made up."""
    source = IN.validate_python(document)
    spec = json.loads(source.model_dump_json(exclude={"kind", "name"}))
    stored = load_source(source.kind, source.name or default_name(source), spec)
    assert stored.model_copy(update={"name": source.name}) == source


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "rss", "url": SITE},
        {"kind": "file", "filename": "a.pdf", "format": "pdf", "size": 1},
        {"kind": "website"},
        {"kind": "website", "start_urls": []},
        {"kind": "website", "start_urls": [f"{SITE}/{n}" for n in range(21)]},
        {"kind": "website", "start_urls": ["file:///etc/passwd"]},
        {"kind": "website", "start_urls": ["https://user:pw@a.example/"]},
        {"kind": "website", "start_urls": [SITE], "max_pages": 0},
        {"kind": "website", "start_urls": [SITE], "max_pages": 2001},
        {"kind": "website", "start_urls": [SITE], "max_depth": -1},
        {"kind": "website", "start_urls": [SITE], "include": [""]},
        {"kind": "website", "start_urls": [SITE], "include": ["a"] * 51},
        {"kind": "website", "start_urls": [SITE], "include": "a"},
        {"kind": "website", "start_urls": [SITE], "schedule": "daily"},
        {"kind": "website", "start_urls": [SITE], "name": ""},
        {"kind": "website", "start_urls": [SITE], "name": "n" * 201},
        {"kind": "sitemap", "url": "javascript:alert(1)"},
        {"kind": "text", "title": "", "text": "x"},
        {"kind": "text", "title": "t", "text": " \u200b\n"},
        {"kind": "text", "title": "t", "text": "x" * 200_001},
        {"kind": "faq", "pairs": []},
        {"kind": "faq", "pairs": [{"question": "q"}]},
        {"kind": "faq", "pairs": [{"question": "q", "answer": "a", "note": "x"}]},
        {"kind": "faq", "pairs": [{"question": "q", "answer": "a" * 5001}]},
    ],
)
def test_what_is_no_source_is_refused(document):
    """Unknown kinds and fields, nothing to read, too much, and addresses that may not be fetched."""
    with pytest.raises(ValidationError):
        IN.validate_python(document)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"kind": "website", "start_urls": [SITE, f"{SITE}/b"]}, SITE),
        ({"kind": "sitemap", "url": f"{SITE}/s.xml"}, f"{SITE}/s.xml"),
        ({"kind": "text", "title": "Hours", "text": "x"}, "Hours"),
        ({"kind": "faq", "pairs": [{"question": "q", "answer": "a"}] * 3}, "3 questions and answers"),
    ],
)
def test_a_source_without_a_name_is_called_after_what_it_holds(document, name):
    """So that a list of sources can be read."""
    assert default_name(IN.validate_python(document)) == name


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@NORMAL
@given(
    st.sampled_from(["website", "sitemap", "text", "faq", "file", "x"]),
    st.dictionaries(
        st.sampled_from(["start_urls", "url", "title", "text", "pairs", "include", "max_pages", "name"]), _json
    ),
)
def test_any_document_is_a_source_or_a_validation_error(kind, fields):
    """Nothing else is raised."""
    try:
        default_name(IN.validate_python({"kind": kind, **fields}))
    except ValidationError:
        return


def test_a_file_of_questions_is_stored_as_such_and_other_files_as_before():
    """What is not said is not stored: the release before reads it too."""
    plain = FileSource.model_validate({"kind": "file", "filename": "a.csv", "format": "csv", "size": 1})
    assert "content" not in json.loads(plain.model_dump_json())
    faq = plain.model_copy(update={"content": "faq"})
    spec = json.loads(faq.model_dump_json(exclude={"kind", "name"}))
    assert load_source("file", "", spec) == faq

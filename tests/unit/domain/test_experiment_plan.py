"""What an owner may write as an experiment, and what is refused in words."""

import pytest
from pydantic import ValidationError

from shared.domain.experiments import Changes, Experiment
from tests.unit.experiment_samples import WARM, a_plan

EVERYTHING = {
    "system_prompt": {"append": "Be brief."}, "tone": "warm", "greeting": "Hi!", "cta_order": ["book"],
    "knowledge": {"top_k": 3}, "models": {"chat": "gemini-3.8-flash"}, "voice": {"voice": "Puck"},
    "texts": {"apology": "Sorry!", "declined": "No."},
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"arms": [{"id": "a"}, {"id": "a", "changes": WARM}]}, "same id"),
        ({"control": "c"}, "not one of the arms"),
        ({"arms": [{"id": "a", "changes": WARM}, {"id": "b", "changes": WARM}]}, "control changes nothing"),
        ({"arms": [{"id": "a"}, {"id": "b"}]}, "'b' changes nothing"),
        ({"arms": [{"id": "a"}]}, "at least 2"),
        ({"planned": None}, "'planned' visitors, or 'baseline'"),
        ({"planned": None, "baseline": 0.1}, "'planned' visitors, or 'baseline'"),
        ({"guardrails": [{"metric": "gap"}, {"metric": "gap", "tolerance": 0.1}]}, "same metric"),
        ({"share": 0}, "greater than 0"),
        ({"goal": {"metric": "happiness"}}, "Input should be"),
        ({"id": "Not An Id"}, "pattern"),
    ],
    ids=["twice", "no-control", "changed-control", "idle-arm", "one-arm", "no-plan", "half-a-plan", "rails", "nobody",
         "metric", "id"],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(fields, says):
    """With a sentence that says what to do."""
    with pytest.raises(ValidationError, match=says):
        a_plan(**fields)


def test_a_prompt_is_appended_or_replaced():
    """Not both, and not neither."""
    for change in ({}, {"append": "x", "replace": "y"}):
        with pytest.raises(ValidationError, match="one of them"):
            a_plan(changes={"system_prompt": change})


def test_an_experiment_knows_what_its_arms_change():
    """All of them together; a text that is left out is not changed."""
    assert len(Changes.model_validate(EVERYTHING).parts) == 9
    assert a_plan(changes={"texts": {"apology": "Oh."}}).parts == {"texts.apology"}
    three = [{"id": "a"}, {"id": "b", "changes": WARM}, {"id": "c", "changes": {"tone": "dry"}}]
    assert a_plan(arms=three).parts == {"greeting", "tone"}


def test_weights_change_and_nothing_else():
    """An arm may be left without new visitors, not all of them; others are not invented."""
    plan = a_plan()
    after = plan.reweighed({"b": 3}, 0.5)
    assert (after.weights, after.share) == ({"a": 1.0, "b": 3.0}, 0.5)
    assert after.reweighed({"b": 1}, 1.0) == plan
    for weights in ({"c": 1}, {"a": 0, "b": 0}, {"a": -1}, {"a": float("nan")}):
        with pytest.raises(ValueError, match=r"arms|weights|Input"):
            plan.reweighed(weights, 1.0)


def test_an_unknown_change_of_a_newer_revision_is_left_out():
    """As it is read, not as it is written."""
    document = {**a_plan().model_dump(), "colour": "red"}
    assert Experiment.model_validate(document, extra="ignore") == a_plan()
    with pytest.raises(ValidationError, match="Extra inputs"):
        Experiment.model_validate(document)

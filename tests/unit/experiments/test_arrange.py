"""A tenant with its visitor's arms in the configuration, and what may run beside what."""

import pytest

from shared.experiments.arrange import applied, arranged
from shared.experiments.together import clash, slots_for
from tests.unit.domain.test_experiment_plan import EVERYTHING
from tests.unit.experiment_samples import a_plan, a_tenant_with, running
from tests.unit.samples import CTA_TREE, a_config

FULL = {"system_prompt": "Sell bikes.", "cta_tree": CTA_TREE, "voice": {"number": "+442079460000"}}


def test_every_change_arrives_in_the_configuration():
    """Each in its place, and nowhere else."""
    before = a_config(**FULL)
    after = applied(before, a_plan(changes={**EVERYTHING, "cta_order": ["shop", "locks"]}).arms[1].changes)
    assert after.system_prompt == "Sell bikes.\n\nBe brief."
    assert (after.tone, after.branding.greeting, after.knowledge.top_k) == ("warm", "Hi!", 3)
    assert (after.models.chat, after.voice and after.voice.voice) == ("gemini-3.8-flash", "Puck")
    assert (after.texts.apology, after.texts.declined) == ("Sorry!", "No.")
    assert [node.id for node in after.ctas()] == ["shop", "locks", "lights", "book", "call"]
    changed = {"system_prompt", "tone", "branding", "knowledge", "models", "voice", "texts", "cta_tree"}
    for name in type(before).model_fields:
        assert (getattr(before, name) != getattr(after, name)) == (name in changed), name


def test_a_prompt_is_replaced_and_what_is_missing_is_left_alone():
    """A prompt appended to none stands alone; a voice without a phone line, and unknown buttons, change nothing."""
    replaced = a_plan(changes={"system_prompt": {"replace": "Sell boats."}}).arms[1].changes
    assert applied(a_config(**FULL), replaced).system_prompt == "Sell boats."
    appended = a_plan(changes={"system_prompt": {"append": "Be brief."}}).arms[1].changes
    assert applied(a_config(), appended).system_prompt == "Be brief."
    nowhere = a_plan(changes={"voice": {"voice": "Puck"}, "cta_order": ["gone"]}).arms[1].changes
    assert applied(a_config(cta_tree=CTA_TREE), nowhere) == a_config(cta_tree=CTA_TREE)


def test_a_tenant_gets_the_arms_of_all_experiments():
    """The model too; the control and an arm of yesterday change nothing; the tenant itself stays as it is."""
    tone, model = a_plan("tone", {"tone": "dry"}), a_plan("model", {"models": {"chat": "gemini-3.8-flash"}})
    tenant = a_tenant_with(tone, model)
    both = arranged(tenant, {"tone": "b", "model": "b"})
    assert (both.config.tone, both.chat_model, both.arms) == ("dry", "gemini-3.8-flash", {"tone": "b", "model": "b"})
    for arms in ({"tone": "a", "model": "a"}, {"tone": "gone"}, {}):
        same = arranged(tenant, arms)
        assert (same.config, same.chat_model) == (tenant.config, tenant.chat_model)


def test_two_that_change_the_same_share_a_layer():
    """The sentence names the other one and what both change."""
    runs = running(a_plan("one"))
    assert "'one' runs and changes greeting too" in clash(a_plan("two"), [runs])
    assert clash(a_plan("two", {"tone": "dry"}), [runs]) == ""
    assert "'layer'" in clash(a_plan("two", layer="hello"), [runs])
    assert clash(a_plan("two", layer="hello"), [running(a_plan("one", layer="hello"))]) == ""


def test_experiments_of_a_layer_have_no_slot_in_common():
    """What is left is given away, and no more than that; other layers do not count."""
    one = running(a_plan("one", layer="hello", share=0.6), ((0, 6000),))
    other = running(a_plan("other"))
    assert slots_for(a_plan("two", layer="hello", share=0.4), [one, other]) == ((6000, 10_000),)
    with pytest.raises(ValueError, match=r"40\.00% of its visitors left"):
        slots_for(a_plan("two", layer="hello", share=0.5), [one, other])

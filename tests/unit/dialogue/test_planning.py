"""What the assistant asks for next: one thing at a time, never pressing, and always to an end."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dialogue.plan import MOST_ASKED, PlanStep, choose, label_for, question_for
from shared.domain.dialogue import Dialogue, Plan
from shared.domain.fields import FieldSpec, FieldValue, with_built_in
from shared.domain.goals import Goal
from shared.domain.states import STATES
from shared.domain.understanding import Given, Heard, Rejected
from tests.unit.properties import NORMAL, THOROUGH

BUDGET = FieldSpec(id="budget", label="Budget", type="number", minimum=100, question="What is your budget?")
SIZE = FieldSpec(id="size", label="Frame size", type="choice", choices=("S", "M", "L"))
SPECS = with_built_in((BUDGET, SIZE))
QUOTE = Goal(id="quote", intents=("pricing",), collect=("budget", "email"), cta="offer")
LEAD = Goal(id="lead", collect=("name", "email"), cta="newsletter")
VISIT = Goal(id="visit", intents=("appointment",), collect=("phone",), cta="book")
GOALS = (QUOTE, VISIT, LEAD)
NOTHING = Heard()


def given_(field, value="x"):
    """Return a message that states a value."""
    return Heard(given=(Given(field, value, value, value),))


def rejected(field, reason="email_domain"):
    """Return a message whose value for a field is none."""
    return Heard(rejected=(Rejected(field, "x@y", reason),))


class Talk:
    """A conversation: keeps what a session keeps between the turns."""

    def __init__(self, *goals, state="answering", **fields):
        self.goals, self.turn = goals, 1
        self.dialogue = Dialogue(state=state, **fields)
        self.asked: Counter[str] = Counter()
        self.proposed: list[str] = []

    def say(self, heard=NOTHING, *, intent="none", required=(), declined=False, mood=0.0) -> PlanStep:
        """Take one turn and return the step of the plan."""
        self.turn += 1
        learned = {item.field: FieldValue(item.value, item.shown, "m", "") for item in (*heard.given, *heard.corrected)}
        fields = {
            name: replace(value, locked=value.locked and name not in heard.withdrawn)
            for name, value in self.dialogue.fields.items()
        }
        fields |= learned
        self.dialogue = replace(self.dialogue, fields=fields, moods=(*self.dialogue.moods, mood))
        step = choose(self.dialogue, self.goals, SPECS, required, intent, heard, declined, self.turn)
        self.dialogue = replace(self.dialogue, plan=step.plan)
        self.asked.update([step.ask] if step.ask else [])
        self.proposed += [step.cta] if step.cta else []
        return step


def test_a_goal_is_pursued_over_many_turns():
    """It begins with its intent, asks for its fields in order and proposes its call to action once."""
    talk = Talk(*GOALS)
    first = talk.say(intent="pricing")
    assert (first.ask, first.plan.goal, first.next) == ("budget", "quote", ("budget", "email", "cta:offer"))
    second = talk.say(given_("budget", "500"))
    assert (second.ask, second.done) == ("email", ("budget",))
    third = talk.say(given_("email"))
    assert (third.ask, third.cta, third.plan.goal) == ("", "offer", "")
    assert (third.done, third.next) == (("budget", "email", "cta:offer"), ())
    assert "quote" in third.plan.done
    assert talk.say(intent="pricing").cta == ""


def test_a_question_in_between_keeps_the_goal():
    """The question is answered and the step comes again at the end of the reply."""
    talk = Talk(QUOTE)
    assert talk.say(intent="pricing").ask == "budget"
    between = talk.say(intent="opening_hours")
    assert (between.ask, between.plan.goal) == ("budget", "quote")


def test_after_two_questions_without_an_answer_the_field_rests_for_a_turn():
    """Two in a row, a pause, a last time, and then it is given up and the goal goes on."""
    talk = Talk(QUOTE)
    asked = [talk.say(intent="pricing").ask, *(talk.say().ask for _ in range(3))]
    assert asked == ["budget", "budget", "", "budget"]
    last = talk.say()
    assert (last.ask, last.gave_up) == ("", "budget")
    assert "budget" in last.plan.given_up
    assert talk.say().ask == "email"


def test_a_value_that_is_not_valid_is_asked_for_again_with_the_reason():
    """At most twice: whoever cannot give it is let go."""
    talk = Talk(Goal(id="g", intents=("pricing",), collect=("email",), cta="offer"))
    talk.say(intent="pricing")
    for _ in range(2):
        step = talk.say(rejected("email"))
        assert (step.ask, step.again) == ("email", Rejected("email", "x@y", "email_domain"))
    last = talk.say(rejected("email"))
    assert (last.ask, last.gave_up, last.cta) == ("", "email", "offer")


def test_a_value_tried_for_a_field_nobody_wants_is_no_reason_to_ask():
    """A number that is no phone number was perhaps none."""
    assert Talk(QUOTE).say(rejected("phone", "phone_invalid")).ask == ""


def test_a_clear_refusal_gives_the_field_up_and_the_next_one_follows():
    """It is never asked for again."""
    talk = Talk(QUOTE)
    talk.say(intent="pricing")
    step = talk.say(Heard(refused=True))
    assert (step.gave_up, step.ask, step.plan.refused) == ("budget", "email", {"budget": 1})


def test_refusals_end_the_goal_and_nothing_is_offered():
    """Two by default; one when the business wants so."""
    talk = Talk(QUOTE)
    talk.say(intent="pricing")
    talk.say(Heard(refused=True))
    step = talk.say(Heard(refused=True))
    assert (step.ask, step.cta, step.plan.goal, step.plan.done) == ("", "", "", ("quote",))
    once = Talk(QUOTE.model_copy(update={"max_refusals": 1}))
    once.say(intent="pricing")
    assert once.say(Heard(refused=True)).plan.done == ("quote",)


def test_a_no_that_is_not_clearly_to_the_question_rests_it():
    """It counts as a refusal, but the field is not given up yet."""
    talk = Talk(QUOTE)
    talk.say(intent="pricing")
    step = talk.say(declined=True)
    assert (step.ask, step.gave_up, step.plan.refused) == ("", "", {"budget": 1})
    assert talk.say().ask == "budget"


def test_no_as_an_answer_is_no_refusal():
    """A value given with the same words counts as given."""
    talk = Talk(QUOTE)
    talk.say(intent="pricing")
    step = talk.say(given_("budget", "0"), declined=True)
    assert (step.ask, step.plan.refused) == ("email", {})


def test_a_failed_try_is_no_refusal():
    """Who says no and gives a value that is none is asked for it again."""
    talk = Talk(QUOTE, plan=Plan(goal="quote", asking="email", asked={"email": 1}))
    step = talk.say(rejected("email"), declined=True)
    assert (step.ask, step.plan.refused) == ("email", {})


@pytest.mark.parametrize("score", [-0.4, -1.0])
def test_an_upset_visitor_is_not_asked_for_a_goals_sake(score):
    """The goal waits, and goes on when the mood is better."""
    talk = Talk(QUOTE)
    assert talk.say(intent="pricing", mood=score).ask == ""
    assert talk.say(mood=-0.3).ask == "budget"


@pytest.mark.parametrize("intent", ["person", "complaint", "goodbye"])
def test_some_wishes_make_a_goal_wait_unless_it_is_for_them(intent):
    """Who complains is not asked for a budget; a goal for complaints asks."""
    talk = Talk(QUOTE, Goal(id="service", intents=("complaint",), collect=("name",)))
    talk.say(intent="pricing")
    assert talk.say(intent=intent).ask == ("name" if intent == "complaint" else "")


def test_nothing_is_asked_while_a_person_answers_or_is_called():
    """Only a value somebody just tried to give is asked for again, and not while a person answers."""
    owned = {"state": "with_person", "owner": "person", "plan": Plan(asking="email", asked={"email": 1})}
    assert Talk(QUOTE, **owned).say(rejected("email"), required=("name",), intent="pricing").ask == ""
    called = {**owned, "state": "handoff_requested", "owner": "bot"}
    assert Talk(QUOTE, **called).say(required=("name",), intent="pricing").ask == ""
    assert Talk(QUOTE, **called).say(rejected("email")).ask == "email"


def test_what_rules_require_comes_first_and_in_any_mood():
    """Who wants a person has to be reachable, however angry."""
    talk = Talk(QUOTE)
    assert talk.say(intent="pricing", required=("phone", "name"), mood=-0.9).ask == "phone"
    step = talk.say(given_("phone"), required=("phone", "name"))
    assert (step.ask, step.next) == ("name", ("name", "budget", "email", "cta:offer"))
    assert talk.say(given_("name"), required=("phone", "name")).ask == "budget"


def test_a_value_called_wrong_is_asked_for_at_once():
    """Without the right value there is something to ask, goal or not."""
    talk = Talk(fields={"email": FieldValue("a@b.example", "a@b.example", "m", "")})
    assert talk.say(Heard(withdrawn=("email",))).ask == "email"
    assert not talk.dialogue.fields["email"].locked
    assert talk.say(required=("email",)).ask == "email"


def test_a_value_counts_as_known_before_it_is_stored_and_one_called_wrong_as_unknown():
    """Whether the session learned from the message already makes no difference."""
    known = FieldValue("a@b.example", "a@b.example", "m", "")
    session = Dialogue(state="answering", fields={"email": known}, plan=Plan(goal="quote", asking="budget"))
    assert choose(session, (QUOTE,), SPECS, (), "none", given_("budget"), False, 3).cta == "offer"
    assert choose(session, (QUOTE,), SPECS, (), "none", Heard(withdrawn=("email",)), False, 3).ask == "email"


@pytest.mark.parametrize(
    ("turn", "state", "ask"), [(1, "answering", ""), (2, "discovery", ""), (2, "answering", "name")]
)
def test_a_goal_without_intents_begins_after_the_first_answer(turn, state, ask):
    """What the visitor came for goes first."""
    talk = Talk(LEAD, state=state)
    talk.turn = turn - 1
    assert talk.say().ask == ask


def test_the_wish_of_another_goal_goes_first_and_a_goal_without_intents_comes_back():
    """What the visitor wants now is pursued now."""
    talk = Talk(*GOALS)
    assert talk.say().ask == "name"
    assert talk.say(intent="appointment").ask == "phone"
    assert talk.say(given_("phone")).cta == "book"
    assert talk.say().ask == "name"


def test_of_two_goals_for_one_wish_the_one_begun_goes_on():
    """Hearing the same wish again changes nothing."""
    other = Goal(id="other", intents=("pricing",), collect=("name",))
    talk = Talk(other, QUOTE, plan=Plan(goal="quote"))
    assert talk.say(intent="pricing").plan.goal == "quote"


def test_a_call_to_action_the_visitor_followed_is_not_proposed():
    """Nor one that was proposed before."""
    for known in ({"clicked": ("book",)}, {"plan": Plan(offered=("book",))}):
        talk = Talk(VISIT, **known)
        talk.say(intent="appointment")
        step = talk.say(given_("phone"))
        assert (step.cta, step.plan.done) == ("", ("visit",))


@pytest.mark.parametrize("asking", ["person", "gone"])
def test_a_plan_that_waited_for_something_else_is_survived(asking):
    """The offer of a person, a field or goal that the business removed: no refusal is counted for them."""
    talk = Talk(QUOTE, plan=Plan(goal="gone", asking=asking, asked={asking: 3}))
    step = talk.say(Heard(refused=True), declined=True, required=("gone",))
    assert (step.ask, step.plan.refused, step.plan.goal) == ("", {}, "")


fields = st.sampled_from([*SPECS, "gone"])
heards = st.builds(
    Heard,
    given=st.lists(fields.map(lambda name: Given(name, "x", "x", "x")), max_size=1).map(tuple),
    corrected=st.lists(fields.map(lambda name: Given(name, "y", "y", "y")), max_size=1).map(tuple),
    rejected=st.lists(fields.map(lambda name: Rejected(name, "x", "text_invalid")), max_size=2).map(tuple),
    withdrawn=st.lists(fields, max_size=2).map(tuple),
    refused=st.booleans(),
)
turns = st.fixed_dictionaries(
    {
        "heard": st.just(NOTHING) | heards,
        "intent": st.sampled_from(["none", "pricing", "appointment", "complaint", "opening_hours"]),
        "required": st.lists(fields, max_size=2).map(tuple),
        "declined": st.booleans(),
        "mood": st.sampled_from([0.0, 0.5, -0.8]),
    }
)


@THOROUGH
@given(st.sampled_from(STATES), st.lists(turns, max_size=40))
def test_whatever_a_visitor_does_the_plan_ends(state, course):
    """No field is asked for more than three times, nothing known or given up at all, no call to action twice."""
    talk = Talk(*GOALS, state=state)
    for turn in course:
        given_up = talk.dialogue.plan.given_up
        step = talk.say(**turn)
        assert step.ask not in {name for name, value in talk.dialogue.fields.items() if value.locked}
        assert step.ask not in given_up
        assert step.ask == step.plan.asking
        assert step.ask == "" or step.ask in SPECS
        assert not (step.ask and step.cta)
        assert step.again is None or step.again.field == step.ask
        assert step.reason
        assert not step.reason.endswith(".")
        assert not set(step.done) & set(step.next)
        assert len(set(step.plan.done)) == len(step.plan.done)
    assert all(count <= MOST_ASKED for count in talk.asked.values())
    assert talk.asked == {name: count for name, count in talk.dialogue.plan.asked.items() if count}
    assert len(talk.proposed) == len(set(talk.proposed)) <= len(GOALS)


@NORMAL
@given(st.lists(st.sampled_from(["none", "opening_hours"]), max_size=30))
def test_a_visitor_who_never_answers_is_left_alone(intents):
    """Never three replies in a row with the same question, and silence in the end."""
    talk = Talk(QUOTE)
    talk.say(intent="pricing")
    asked = ["budget", *(talk.say(intent=intent).ask for intent in [*intents, *["none"] * 12])]
    assert all(len({*asked[at : at + 3]}) > 1 or not asked[at] for at in range(len(asked) - 2))
    assert asked[-1] == ""
    assert talk.proposed == ["offer"]


@pytest.mark.parametrize(
    ("field", "language", "first", "question"),
    [
        ("budget", "en", "en", "What is your budget?"),
        ("budget", "en-GB", "en", "What is your budget?"),
        ("budget", "it", "en", "What is your budget?"),
        ("budget", "de", "en", "Darf ich etwas fragen: Was soll ich bei „Budget“ notieren?"),
        ("email", "de", "en", "Unter welcher E-Mail-Adresse erreichen wir Sie am besten?"),
        ("size", "fr", "fr", "Puis-je vous poser une question : que dois-je noter pour « Frame size » (S, M, L) ?"),
    ],
)
def test_a_question_is_in_the_visitors_language(field, language, first, question):
    """The owner's own wording where it is in that language or ours is not, else ours."""
    assert question_for(SPECS[field], language, None, first) == question


@pytest.mark.parametrize(
    ("spec", "reason", "part"),
    [
        (SPECS["email"], "email_domain", "the part after the @"),
        (SIZE, "choice_unknown", "one of these: S, M, L"),
        (BUDGET, "number_range", "≥ 100"),
        (BUDGET.model_copy(update={"maximum": 2500.5}), "number_range", "100 – 2500.5"),
        (BUDGET.model_copy(update={"minimum": None, "maximum": 9}), "number_range", "≤ 9"),
        (FieldSpec(id="day", label="Day", type="date"), "date_syntax", "as a date"),
        (BUDGET, "a_code_of_tomorrow", "could not make that out"),
    ],
)
def test_asking_again_says_why(spec, reason, part):
    """With what would be valid; a code without words is survived."""
    said = question_for(spec, "en", Rejected(spec.id, "x", reason))
    assert part in said
    assert label_for(spec, "en") in said
    assert said != question_for(spec, "en")


@pytest.mark.parametrize(
    ("label", "language", "first", "shown"),
    [
        ("E-mail", "es", "es", "correo electrónico"),
        ("Ihre Mail", "de", "de", "Ihre Mail"),
        ("Ihre Mail", "es", "de", "correo electrónico"),
    ],
)
def test_a_built_in_field_is_called_by_its_name_in_the_language(label, language, first, shown):
    """The owner's label where it was written and is understood, else ours."""
    assert label_for(FieldSpec(id="email", label=label, type="email"), language, first) == shown

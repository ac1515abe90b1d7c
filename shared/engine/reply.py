"""From a thought to words: the model call with the functions on offer, or the settled reply, and the buttons."""

from dataclasses import dataclass, replace
from functools import partial

from shared.capture.masking import bold_values, mask
from shared.dialogue.ctas import ChosenCta, CtaContext
from shared.domain.fields import FieldValue
from shared.domain.prompt import Prompt
from shared.domain.turn import Reply
from shared.engine.notebook import Notebook
from shared.engine.prompt import Brief, compose
from shared.engine.scene import Scene
from shared.engine.screens import SentenceScreen
from shared.engine.stages import settle
from shared.engine.stages.choose_ctas import choose_ctas
from shared.engine.stages.perceive import is_known, open_fields
from shared.engine.stages.speak import Frame
from shared.engine.think import Thought
from shared.engine.toolbox import Toolbox
from shared.engine.tools.crm import crm_functions
from shared.engine.tools.details import capture_field, propose_action
from shared.formatting.web import CitationBook, ReplyWriter, paragraph, plain_text
from shared.guards import known_question
from shared.ports import Directory
from shared.understanding.sentiment import tone, trend

NO_ANSWER = (
    "Nothing that is published fits this question: unless the facts answer it, say that you don't know. Do not guess."
)
NO_QUESTIONS = "Do not ask the visitor anything: the platform adds a question after your answer."


@dataclass
class Speech:
    """Everything the model needs to speak, and what screens and writes what it says."""

    prompt: Prompt
    toolbox: Toolbox
    notebook: Notebook
    book: CitationBook
    writer: ReplyWriter
    frame: Frame


def prepare(scene: Scene, thought: Thought, directory: Directory) -> Speech:
    """Return what the model is asked, with what may be said of the visitor's stored details."""
    config, dialogue = scene.tenant.config, thought.dialogue
    specs = config.all_fields()
    said = _sayable(scene, thought)
    hidden = {name: value for name, value in dialogue.fields.items() if name not in said}
    locked = frozenset(name for name in dialogue.fields if name in specs and is_known(dialogue, name))
    notebook = Notebook(scene, dialogue)
    toolbox = _toolbox(scene, thought, notebook, directory)
    brief = Brief(
        passages=thought.found.passages,
        known={specs[name].label: said[name].shown if name in said else "" for name in sorted(locked)},
        instructions=_instructions(thought),
        tools=toolbox.tools(),
        hidden=partial(mask, known=hidden) if hidden else None,
    )
    book = CitationBook(thought.found.passages)
    known = partial(known_question.check, known=locked, specs=specs)
    screen = SentenceScreen(known, asks_itself=bool(thought.question))
    writer = ReplyWriter(book, thought.found.urls | config.urls(), bold_values(said), screen)
    opening = " ".join(filter(None, (thought.opening, settle.echo(scene.tenant, thought.perception))))
    frame = Frame(thought.perception.language, opening, thought.question)
    prompt = compose(scene.tenant, scene.session, scene.message, brief, scene.now)
    return Speech(prompt, toolbox, notebook, book, writer, frame)


def settled_reply(scene: Scene, thought: Thought) -> Reply:
    """Return the words of a turn that needs no model, the one question at their end, the visitor's values in bold."""
    assert thought.settled  # noqa: S101 - the caller's case
    text = " ".join(filter(None, (thought.opening, thought.settled.settlement.text, thought.question)))
    html = paragraph(text, bold_values(_sayable(scene, thought)))
    return Reply(html, plain_text(html))


def chosen(
    scene: Scene, thought: Thought, reply: str, proposed: tuple[str, ...] = (), *, lost: bool = False
) -> tuple[ChosenCta, ...]:
    """Return the calls to action below the reply: a guard's, a rule's, the plan's, the model's, then those that fit.

    `lost`: the visitor asked something and was not answered from what is published.
    """
    guard = (thought.settled.settlement.cta_ids or ()) if thought.settled else ()
    plan = (thought.plan.cta,) if thought.plan.cta else ()
    named = tuple(dict.fromkeys((*guard, *thought.ruled.cta_ids, *plan, *proposed)))
    return choose_ctas(scene.tenant, replace(_context(scene, thought, reply, named), lost=lost))


def _sayable(scene: Scene, thought: Thought) -> dict[str, FieldValue]:
    return {name: value for name, value in thought.dialogue.fields.items() if scene.may_say(value.message_id)}


def _instructions(thought: Thought) -> tuple[str, ...]:
    mood = tone(thought.perception.sentiment, trend(thought.dialogue.moods))
    unknown = NO_ANSWER if thought.unknown else ""
    return (*thought.ruled.instructions, *filter(None, (unknown, mood, NO_QUESTIONS if thought.question else "")))


def _toolbox(scene: Scene, thought: Thought, notebook: Notebook, directory: Directory) -> Toolbox:
    config, dialogue = scene.tenant.config, thought.dialogue
    # Details are caught by the model too where the business wants any, not from everybody who says hello.
    wanted = open_fields(config.all_fields(), dialogue) if dialogue.plan.goal else ()
    buttons = tuple(item.node for item in choose_ctas(scene.tenant, _context(scene, thought, "", ())))
    return Toolbox(
        (
            *capture_field(wanted, notebook),
            *propose_action(buttons, notebook),
            *crm_functions(config, notebook, partial(directory.look_up, scene.tenant.id)),
        )
    )


def _context(scene: Scene, thought: Thought, reply: str, named: tuple[str, ...]) -> CtaContext:
    dialogue = thought.dialogue
    return CtaContext(
        named=named,
        intent=thought.intent.name,
        state=dialogue.state,
        page=scene.session.page.get("url", ""),
        sentiment=thought.perception.sentiment.label,
        question=scene.message.text,
        reply=reply,
        shown=dialogue.shown,
        last=dialogue.last_shown,
        clicked=dialogue.clicked,
        open=scene.tenant.config.opening_hours.is_open(scene.now),
        language=thought.perception.language,
        known=tuple(name for name in dialogue.fields if is_known(dialogue, name)),
        drilled=_drilled(scene),
        lost=thought.unknown,
    )


def _drilled(scene: Scene) -> str:
    """Return the id of the menu whose label the visitor clicked, which arrives as its words."""
    said = scene.message.text.casefold()
    menus = (node for node in scene.tenant.config.ctas() if node.kind == "menu")
    return next((node.id for node in menus if node.label.casefold() == said), "")

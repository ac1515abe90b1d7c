"""A configuration, and a tenant, with the changes of experiments' arms. Pure; needs nothing but the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.domain.business import BusinessConfig
from shared.domain.cta import CtaNode
from shared.domain.experiments import Changes, PromptChange
from shared.domain.tenant import Tenant


def arranged(tenant: Tenant, arms: Mapping[str, str]) -> Tenant:
    """Return the tenant as a visitor with these arms, by experiment, meets it. Arms it does not know change nothing."""
    config = tenant.config
    for running in tenant.experiments:
        arm = running.plan.arm(arms.get(running.plan.id, ""))
        if arm is not None:
            config = applied(config, arm.changes)
    return replace(tenant, config=config, chat_model=config.models.chat or tenant.chat_model, arms=arms)


def applied(config: BusinessConfig, changes: Changes) -> BusinessConfig:
    """Return the configuration with the changes. It is not validated again: that is done when they are saved."""
    update: dict[str, Any] = {}
    if changes.system_prompt:
        update["system_prompt"] = _prompt(config.system_prompt, changes.system_prompt)
    if changes.tone:
        update["tone"] = changes.tone
    if changes.greeting:
        update["branding"] = config.branding.model_copy(update={"greeting": changes.greeting})
    if changes.cta_order:
        update["cta_tree"] = _ordered(config.cta_tree, changes.cta_order)
    if changes.knowledge:
        update["knowledge"] = config.knowledge.model_copy(update={"top_k": changes.knowledge.top_k})
    if changes.models:
        update["models"] = config.models.model_copy(update={"chat": changes.models.chat})
    if changes.voice and config.voice:
        update["voice"] = config.voice.model_copy(update={"voice": changes.voice.voice})
    if changes.texts:
        update["texts"] = config.texts.model_copy(update=changes.texts.model_dump(exclude_none=True))
    return config.model_copy(update=update) if update else config


def _prompt(own: str, change: PromptChange) -> str:
    if change.replace is not None:
        return change.replace
    return f"{own}\n\n{change.append}" if own else change.append or ""


def _ordered(nodes: tuple[CtaNode, ...], order: Sequence[str]) -> tuple[CtaNode, ...]:
    """Return the tree with those named first on each level; the others keep their order behind them."""
    places = {name: place for place, name in enumerate(order)}
    whole = (
        node.model_copy(update={"children": _ordered(node.children, order)}) if node.children else node
        for node in nodes
    )
    return tuple(sorted(whole, key=lambda node: places.get(node.id, len(places))))

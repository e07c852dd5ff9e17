"""Where a skill applies, and the situation that a prompt is compiled for. Pure; raises nothing."""

from datetime import date

from pydantic import model_validator

from seasoned.core.value import Text, Value


class Scope(Value):
    """Where a skill applies; empty means everywhere.

    Agent and tools are what the runs behind the skill show, and grow with them. The rest are limits that a person set,
    which no agreement of a learner moves.
    """

    agent: Text = ""
    """The agent's name, also that of a sub-agent, where every run behind the skill is of that one agent."""
    tools: tuple[Text, ...] = ()
    """Tools that the skill names and that the runs behind it have, sorted."""
    tenant: Text = ""
    """The customer or tenant whose runs alone may be handed the skill."""
    models: tuple[Text, ...] = ()
    """Model families that it is for, as the models' names begin: `gpt-5`, `claude`."""
    tags: tuple[Text, ...] = ()
    """Free labels; a prompt that asks for tags gets the skills that have one of them, and those without any."""
    valid_from: date | None = None
    """First day on which it applies."""
    valid_until: date | None = None
    """Last day on which it applies."""

    @model_validator(mode="after")
    def _days_are_in_order(self) -> "Scope":
        if self.valid_from is not None and self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError(f"it would end on {self.valid_until}, before it begins on {self.valid_from}")
        return self

    def widened(self, other: "Scope") -> "Scope":
        """The scope with the runs of another one behind it too; limits that a person set stay."""
        return self.learned(self.agent if self.agent == other.agent else "", tuple(sorted({*self.tools, *other.tools})))

    def learned(self, agent: str, tools: tuple[str, ...]) -> "Scope":
        """The scope with another agent and other tools; limits that a person set stay."""
        return self.model_copy(update={"agent": agent, "tools": tools})


class Situation(Value):
    """What a prompt is compiled for; what is empty is not known."""

    agent: Text = ""
    tools: tuple[Text, ...] | None = None
    """All tools that the agent has; None: not known."""
    tenant: Text = ""
    model: Text = ""
    """`provider:model` or the model's name alone."""
    tags: tuple[Text, ...] = ()
    on: date | None = None
    """The day; None: validity dates are not looked at."""


def mismatch(scope: Scope, situation: Situation) -> str:
    """Why a skill of this scope does not apply in a situation; empty where it applies.

    What is not known excludes nothing, but for the tenant: a skill of one tenant goes to no prompt that does not say
    that it is for that tenant.
    """
    if scope.tenant and scope.tenant != situation.tenant:
        return f"it is for the tenant {scope.tenant}"
    if scope.agent and situation.agent and scope.agent != situation.agent:
        return f"it is for the agent {scope.agent}"
    if situation.tools is not None and (absent := [t for t in scope.tools if t not in situation.tools]):
        return f"the agent has no tool {', '.join(absent)}"
    if scope.models and situation.model and not _is_of(situation.model, scope.models):
        return f"it is for models of {', '.join(scope.models)}"
    if scope.tags and situation.tags and not set(scope.tags) & set(situation.tags):
        return f"it is tagged {', '.join(scope.tags)}"
    return _outside(scope, situation.on)


def _is_of(model: str, families: tuple[str, ...]) -> bool:
    """Whether a model's name, with or without its provider, begins as one of the families."""
    names = (model.casefold(), model.rpartition(":")[2].rpartition("/")[2].casefold())
    return any(name.startswith(family.casefold()) for family in families for name in names)


def _outside(scope: Scope, on: date | None) -> str:
    if on is not None and scope.valid_from is not None and on < scope.valid_from:
        return f"it begins on {scope.valid_from}"
    if on is not None and scope.valid_until is not None and on > scope.valid_until:
        return f"it ended on {scope.valid_until}"
    return ""

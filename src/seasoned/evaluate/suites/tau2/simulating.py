"""One conversation of tau2-bench, by its own orchestrator, environment, simulated user and scorer.

Our prompt is appended to the domain's policy, which is how a prompt reaches that benchmark's agent. What fails is put
down to whom it belongs: what the agent's model sends that is no answer is a fault of the agent, and scored; a model
that does not answer, a simulated user or an environment that breaks, is none.

Raises `ProviderError`, `AgentUnreachable`, `ConfigError` (a model that the provider does not know or does not let in),
and `Stopped` where whoever waited has given up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from traceback import extract_tb
from typing import Any

from pydantic import JsonValue

from seasoned.core.outcome import Outcome, scored
from seasoned.errors import AgentUnreachable, ConfigError, ProviderError, ProviderUnreachable, SeasonedError, boundary
from seasoned.evaluate.attempt import Attempt
from seasoned.evaluate.suites.tau2.package import Package, data_missing

STOP = "###STOP###"
"""By this word in a message either side of the benchmark ends a conversation."""
NAME = "tau2"
_MODEL_MODULES = ("litellm", "openai", "httpx")
_REFUSED = frozenset({"AuthenticationError", "PermissionDeniedError", "NotFoundError"})
_OWN_FAULTS = frozenset({"ContextWindowExceededError", "ContentPolicyViolationError"})
_UNREACHED = frozenset({"APIConnectionError", "Timeout", "APITimeoutError", "ConnectError"})
_MAX_SEED = 2**31
_ASSERTION = "run_env_assertion"
"""The function of the benchmark that asks the end state a question."""


class Stopped(Exception):
    """Whoever waited for the conversation has given up."""


class AgentFault(Exception):
    """What the agent sent is no answer."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Who takes part."""

    model: str = ""
    """The agent's, as litellm names it; empty for an agent that does nothing."""
    model_args: dict[str, Any] = field(default_factory=dict[str, Any])
    user_model: str = ""
    user_args: dict[str, Any] = field(default_factory=dict[str, Any])
    judge_model: str = ""
    """Judges assertions in plain words; empty leaves them out of the score, whose name then says so."""
    is_solo: bool = False
    """No user: the agent works from a ticket, with the user's tools too."""
    max_steps: int = 200


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """What came of one conversation."""

    log: JsonValue
    """As tau2-bench writes it, so that its format reads it."""
    reason: str
    """Why it ended, in the benchmark's words."""
    outcome: Outcome | None
    fault: str = ""
    """What the agent did wrong that ended it."""


def simulated(package: Package, domain: str, task: Any, attempt: Attempt, *, parts: Parts, stop: Event) -> Simulated:
    """Hold one conversation and score it; blocks until it is over.

    Args:
        package: The benchmark.
        domain: Whose environment and policy.
        task: The benchmark's own task.
        attempt: Its prompt is appended to the policy; its seed is for the models, where they take one.
        parts: Who takes part.
        stop: Set by whoever no longer waits; the next message is then the last.
    """
    with boundary(ConfigError, "tau2-bench cannot begin a conversation", where=f"{domain}, task {task.id}"):
        try:
            talk = _Talk(package, domain, task, attempt.prompt, parts=parts, stop=stop)
        except FileNotFoundError as error:
            raise data_missing(error) from error
    return talk.held(attempt.seed % _MAX_SEED)


class _Talk:
    def __init__(self, package: Package, domain: str, task: Any, prompt: str, *, parts: Parts, stop: Event) -> None:
        self._package, self._domain, self._task, self._parts, self._stop = package, domain, task, parts, stop
        make = package.registry.get_env_constructor(domain)
        self._environment = make(solo_mode=True) if parts.is_solo else make()
        self._policy, self._prompt = str(self._environment.get_policy()), prompt.strip()
        user_tools = _user_tools(self._environment)
        self._tools = [*self._environment.get_tools(), *(user_tools if parts.is_solo else [])]
        self._agent, self._user = self._made_agent(), self._made_user(user_tools)
        if parts.model:
            _guard(self._agent, AgentFault, stop)
            _guard(self._user, _user_fault, stop)
        else:
            self._do_nothing()

    def held(self, seed: int) -> Simulated:
        orchestrator = self._package.orchestrating.Orchestrator(
            domain=self._domain,
            agent=self._agent,
            user=self._user,
            environment=self._environment,
            task=self._task,
            max_steps=self._parts.max_steps,
            seed=seed,
            solo_mode=self._parts.is_solo,
        )
        try:
            run = orchestrator.run()
        except AgentFault as fault:
            so_far: list[Any] = list(orchestrator.trajectory)
            messages: list[JsonValue] = [_dumped(message) for message in so_far]
            log: dict[str, JsonValue] = {"termination_reason": "agent_error", "messages": messages}
            outcome = scored(0.0, "verifier", name=NAME, feedback="ended early: agent_error")
            return self._simulated(log, "agent_error", outcome, str(fault))
        except (SeasonedError, Stopped):
            raise
        except Exception as error:
            if type(error).__module__.split(".")[0] in _MODEL_MODULES:
                raise provider_error(error) from error
            raise AgentUnreachable("the environment of tau2-bench failed", why=_told(error)) from error
        reason = str(getattr(run.termination_reason, "value", run.termination_reason))
        reward_info, outcome = self._scored(run, reason)
        return self._simulated(_dumped(run) | {"reward_info": reward_info}, reason, outcome)

    def _simulated(self, run: dict[str, JsonValue], reason: str, outcome: Outcome | None, fault: str = "") -> Simulated:
        messages = run.get("messages")
        told: list[JsonValue] = [{"role": "system", "content": self._prompt}] if self._prompt else []
        simulation: dict[str, JsonValue] = {
            "task_id": str(self._task.id),
            **run,
            "messages": [*told, *(messages if isinstance(messages, list) else [])],
        }
        environment: dict[str, JsonValue] = {
            "domain_name": self._domain,
            "policy": self._policy,
            "tool_defs": [tool.openai_schema for tool in self._tools],
        }
        info: dict[str, JsonValue] = {"environment_info": environment, "agent_info": {"llm": self._parts.model}}
        log: JsonValue = {"info": info, "simulations": [simulation]}
        return Simulated(log=log, reason=reason, outcome=outcome, fault=fault)

    def _scored(self, run: Any, reason: str) -> tuple[JsonValue, Outcome | None]:
        task, left_out = _judged_part(self._task, has_judge=bool(self._parts.judge_model))
        if task is None:
            return None, None
        evaluating = self._package.evaluating
        how = evaluating.EvaluationType.ALL_WITH_NL_ASSERTIONS if self._parts.judge_model else None
        try:
            info = evaluating.evaluate_simulation(
                simulation=run,
                task=task,
                evaluation_type=how or evaluating.EvaluationType.ALL,
                solo_mode=self._parts.is_solo,
                domain=self._domain,
            )
        except Exception as error:
            if type(error).__module__.split(".")[0] in _MODEL_MODULES:
                raise provider_error(error) from error
            if any(frame.name == _ASSERTION for frame in extract_tb(error.__traceback__)):
                # It asks about what the agent was to make, such as a task that is not there: not met.
                return None, scored(0.0, "verifier", name=NAME, feedback="an assertion on the end state cannot hold")
            raise AgentUnreachable("the scorer of tau2-bench failed", why=_told(error)) from error
        name = f"{NAME} ({left_out})" if left_out else NAME
        score = min(1.0, max(0.0, float(info.reward)))
        outcome = scored(score, "verifier", name=name, feedback=_feedback(info, reason))
        return _dumped(info), outcome

    def _made_agent(self) -> Any:
        policy = f"{self._policy}\n\n{self._prompt}" if self._prompt else self._policy
        model, arguments = self._parts.model or "none", dict(self._parts.model_args)
        agents = self._package.agents
        if self._parts.is_solo:
            return agents.LLMSoloAgent(
                tools=self._tools, domain_policy=policy, task=self._task, llm=model, llm_args=arguments
            )
        return agents.LLMAgent(tools=self._tools, domain_policy=policy, llm=model, llm_args=arguments)

    def _made_user(self, tools: list[Any]) -> Any:
        users = self._package.users
        make = users.DummyUser if self._parts.is_solo else users.UserSimulator
        return make(
            tools=tools or None,
            instructions=str(self._task.user_scenario),
            llm=self._parts.user_model or "none",
            llm_args=dict(self._parts.user_args),
        )

    def _do_nothing(self) -> None:
        """The agent ends the conversation with its first message, and the user asks without a model."""
        messages, opening = self._package.messages, opening_of(self._task)

        def ends(_message: Any, state: Any) -> tuple[Any, Any]:
            return messages.AssistantMessage(role="assistant", content=STOP, cost=0.0), state

        def asks(_message: Any, state: Any) -> tuple[Any, Any]:
            return messages.UserMessage(role="user", content=opening, cost=0.0), state

        def is_stop(message: Any) -> bool:
            return STOP in (message.content or "")

        self._agent.generate_next_message = ends
        self._agent.is_stop = is_stop
        if not self._parts.is_solo:
            self._user.generate_next_message = asks


def opening_of(task: Any) -> str:
    """What the customer is after: the ticket, or why they call."""
    instructions = task.user_scenario.instructions
    said = getattr(instructions, "reason_for_call", None) or str(instructions)
    return str(said).strip() or "Hello"


def provider_error(error: Exception) -> SeasonedError:
    """What an error of litellm, or of a library below it, is to us."""
    name, why = type(error).__name__, _told(error)
    status = getattr(error, "status_code", None)
    if name in _REFUSED or "LLM Provider NOT provided" in str(error):
        return ConfigError("the provider does not take this model or key", why=why, hint="Name models as litellm does")
    if name in _UNREACHED:
        return ProviderUnreachable("a model of tau2-bench did not answer", why=why)
    return ProviderError(
        "a model of tau2-bench did not answer", why=why, status=status if isinstance(status, int) else None
    )


def _guard(speaker: Any, fault: Callable[[str], Exception], stop: Event) -> None:
    """Put down to a speaker what it does wrong, and let it say nothing more once nobody waits."""
    says = speaker.generate_next_message

    def said(message: Any, state: Any) -> tuple[Any, Any]:
        if stop.is_set():
            raise Stopped
        try:
            answer, after = says(message, state)
        except Exception as error:
            is_model = type(error).__module__.split(".")[0] in _MODEL_MODULES
            if is_model and type(error).__name__ not in _OWN_FAULTS:
                raise
            raise fault(_told(error)) from error
        if not (answer.has_text_content() or answer.is_tool_call()):
            raise fault("it sent an empty message")
        return answer, after

    speaker.generate_next_message = said


def _user_fault(why: str) -> Exception:
    return AgentUnreachable("the simulated user of tau2-bench failed", why=why)


def _user_tools(environment: Any) -> list[Any]:
    """A domain without tools of the user's raises instead of giving none."""
    try:
        return list(environment.get_user_tools() or [])
    except ValueError:
        return []


def _judged_part(task: Any, *, has_judge: bool) -> tuple[Any, str]:
    """The task as it can be scored, and what the score is short of; None where nothing of it can be."""
    criteria = task.evaluation_criteria
    if criteria is None or has_judge:
        return task, ""
    kept = [basis for basis in criteria.reward_basis if basis.value != "NL_ASSERTION"]
    if len(kept) == len(criteria.reward_basis):
        return task, ""
    if not kept:
        return None, ""
    shorter = criteria.model_copy(update={"reward_basis": kept})
    label = " and ".join(basis.value for basis in kept)
    return task.model_copy(update={"evaluation_criteria": shorter}), f"{label} only"


def _feedback(info: Any, reason: str) -> str:
    """Which parts of the score were met; never what was expected."""
    given: dict[Any, float] = dict(info.reward_breakdown or {})
    parts = {str(getattr(key, "value", key)): value for key, value in given.items()}
    if not parts:
        return f"ended early: {reason}" if reason not in ("user_stop", "agent_stop") else ""
    return ", ".join(f"{name}: {value:g}" for name, value in sorted(parts.items()))


def _dumped(value: Any) -> dict[str, JsonValue]:
    return value.model_dump(mode="json", exclude={"raw_data"})


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]

"""tau2-bench (and tau3) simulations: `{info, tasks, simulations}`, or one simulation a document or a line.

A simulation has `messages`, or in voice mode `ticks`. Its reward is a verifier's; a `reward_info` of null is no
verdict. The policy in the results' `info` is what the agent was told, and opens the run. Tasks (the simulated user's
script, the gold actions, the criteria) and what the reward was made of are sealed. An end that neither side chose
(`max_steps`, `too_many_errors`, ...) is an error step.

The task's key is `tau2-DOMAIN-ID`, without the domain where the log does not name it; trial and seed tell runs apart.

Source: tau2-bench, arXiv:2506.07982, and the data model of its package.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.trace import Task, Usage
from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.chat_run import chat_outcome
from seasoned.ingest.evals.ticks import add_ticks
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_label, as_list, as_number, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time
from seasoned.ingest.usage import read_usage, total_usage

_CHOSEN_ENDS = frozenset({"", "user_stop", "agent_stop", "TerminationReason.USER_STOP", "TerminationReason.AGENT_STOP"})


class Tau2Bench:
    """Results and simulations of tau2-bench."""

    name = "tau2_bench"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where simulations say why they ended and hold messages or ticks."""
        first = sample.first
        simulations = as_list(first.get("simulations"))
        if simulations and _is_simulation(as_object(simulations[0])):
            reason = "results with simulations that have a termination_reason"
        elif _is_simulation(first):
            reason = "a simulation with a task_id, a termination_reason and messages or ticks"
        else:
            return None
        return Detection(format=self.name, confidence=SURE, reason=reason)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each simulation."""
        for item in document.records():
            if isinstance(item, Problem):
                yield item
                continue
            entry, prefix = as_object(item.value), "" if item.where == "file" else f"{item.where}, "
            if "simulations" not in entry:
                yield from self._runs(entry, {}, document.path, item.where)
                continue
            if not as_list(entry["simulations"]):
                yield Problem(where=item.where, why="no simulations in it")
            for number, simulation in enumerate(as_list(entry["simulations"]), 1):
                yield from self._runs(as_object(simulation), entry, document.path, f"{prefix}simulation {number}")

    def _runs(
        self, simulation: dict[str, JsonValue], results: dict[str, JsonValue], path: str, where: str
    ) -> Iterator[Parsed | Problem]:
        place = Place(format=self.name, path=path, where=where)
        yield from attempt_all(lambda: _parsed(simulation, results, place), where)


def _is_simulation(entry: dict[str, JsonValue]) -> bool:
    has_talk = isinstance(entry.get("messages"), list) or isinstance(entry.get("ticks"), list)
    return has_talk and "termination_reason" in entry and "task_id" in entry


def _parsed(simulation: dict[str, JsonValue], results: dict[str, JsonValue], place: Place) -> list[Parsed | Problem]:
    info = as_object(results.get("info"))
    environment, agent = as_object(info.get("environment_info")), as_object(info.get("agent_info"))
    steps, problems = StepList(), list[Parsed | Problem]()
    if policy := as_text(environment.get("policy")):
        steps.add("system", policy)
    steps.offer(environment.get("tool_defs"))
    n_before = len(steps)
    problems += _add_talk(simulation, steps, place.where)
    if len(steps) == n_before:
        return [*problems, Problem(where=place.where, why="no messages in it")]
    if (ended := as_label(simulation.get("termination_reason"))) not in _CHOSEN_ENDS:
        steps.add("error", ended)
    reward_info = as_object(simulation.get("reward_info"))
    outcome, doubts = chat_outcome({"reward": reward_info.get("reward")}, place.where)
    domain, task_id = as_text(environment.get("domain_name")), as_label(simulation.get("task_id"))
    parsed = run_of(
        steps,
        place,
        task=Task(key="-".join(part for part in ("tau2", domain, task_id) if part), text=steps.asked()),
        run_key=_run_key(simulation),
        reference=_sealed(results, task_id, reward_info),
        outcome=outcome,
        usage=_usage(simulation),
        agent=domain,
        model=as_text(agent.get("llm")),
        started_at=as_time(simulation.get("start_time")),
    )
    return [*problems, *doubts, parsed]


def _add_talk(simulation: dict[str, JsonValue], steps: StepList, where: str) -> Iterator[Problem]:
    """Messages where there are any, as a voice run may keep both."""
    messages = as_list(simulation.get("messages"))
    yield from add_messages(messages, steps, where)
    n_wordless = 0 if messages else add_ticks(as_list(simulation.get("ticks")), steps)
    if n_wordless:
        yield Problem(where=where, why=f"the log does not keep the words of {n_wordless} utterances; they are empty")


def _run_key(simulation: dict[str, JsonValue]) -> str:
    parts = ((name, as_label(simulation.get(name))) for name in ("trial", "seed"))
    return ", ".join(f"{name} {value}" for name, value in parts if value) or as_label(simulation.get("id"))


def _sealed(results: dict[str, JsonValue], task_id: str, reward_info: dict[str, JsonValue]) -> JsonValue:
    tasks = (task for task in as_list(results.get("tasks")) if as_label(as_object(task).get("id")) == task_id)
    sealed: dict[str, JsonValue] = {"task": next(tasks, None), "reward_info": reward_info or None}
    return {key: value for key, value in sealed.items() if value is not None} or None


def _usage(simulation: dict[str, JsonValue]) -> Usage:
    """The agent's; what the simulated user cost is none of it."""
    messages = map(as_object, as_list(simulation.get("messages")))
    total = total_usage(read_usage(message.get("usage")) for message in messages if message.get("role") == "assistant")
    known = {"cost_usd": as_number(simulation.get("agent_cost")), "duration_s": as_number(simulation.get("duration"))}
    return total.model_copy(update={key: value for key, value in known.items() if value is not None and value >= 0})

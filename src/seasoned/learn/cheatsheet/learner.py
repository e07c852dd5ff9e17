"""Dynamic Cheatsheet, cumulative (DC-Cu): one sheet of what is worth knowing, kept by a curator from run to run.

The runs are read in the order given, a few at a time, without their verdicts; each question depends on what came of the
one before, so nothing is done side by side and the order matters. A curator answers with changes to single entries,
each resting on a quote. Requests depend on the runs and the sheet so far alone, so a run that is taken up again replays
them. Raises what the model's journal raises (`StoreError`).

Source: M. Suzgun, M. Yuksekgonul, F. Bianchi, D. Jurafsky, J. Zou, "Dynamic Cheatsheet: Test-Time Learning with
Adaptive Memory", 2025, arXiv 2504.07952.

The paper's curator rewrites the whole sheet; see `sheet` for why not here.
"""

from collections.abc import Mapping, Sequence

from pydantic import Field, JsonValue

from seasoned.core.finding import Draft, Finding
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.learn.asking import Question, heard
from seasoned.learn.cheatsheet.sheet import Change, Entry, Sheet
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import DroppedFinding, LearnContext, LearnReport
from seasoned.learn.quoting import block
from seasoned.learn.registry import configured, identity_of
from seasoned.learn.reporting import Found, Work, reported
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Sampling, Tempered
from seasoned.llm.prompt_file import load

NAME = "cheatsheet"
SECTION = "cheatsheet"
LEAST_CONFIDENCE, MORE_PER_SIGHT, MOST_CONFIDENCE = 0.3, 0.1, 0.7
"""Confidence: so much for a new entry, more each time that it is confirmed; low, since no verdict is looked at."""
CLAIM_CHARS = 300
SHOWN_CHARS = 4_000
"""Of the sheet in the report's note."""
MAX_EVIDENCE = 12

_PROMPT = load(__package__ or "", "curate")


class CheatsheetConfig(Sampling):
    """How the learner works; the paper asks after every run and names no bound but the model's own."""

    n_runs: int = Field(default=3, ge=1)
    """Runs in one question."""
    max_changes: int = Field(default=8, ge=1)
    """Changes that one question may bring."""
    max_struck: int = Field(default=2, ge=0)
    """Entries that one question may strike out."""
    max_entries: int = Field(default=40, ge=1)
    max_chars: int = Field(default=12_000, ge=200)
    """Of the whole sheet: some 3,000 tokens."""


class _Changes(Value):
    changes: tuple[Change, ...] = ()


class _Curator:
    """The sheet at work; one question after the other."""

    def __init__(self, config: CheatsheetConfig, context: LearnContext) -> None:
        self._config, self._ours = config, HandedOut(context.handed_out)
        self._model = Tempered(context.model, config)
        self.sheet = Sheet(max_entries=config.max_entries, max_chars=config.max_chars, max_struck=config.max_struck)

    async def read(self, runs: Sequence[Trace]) -> tuple[DroppedFinding, ...]:
        """Let the runs change the sheet; what could not be done."""
        config, sheet = self._config, self.sheet
        room = (
            f"{len(sheet.entries)} of {config.max_entries} entries, {len(sheet.text)} of {config.max_chars} characters"
        )
        question = Question(
            traces=[run.model_copy(update={"outcome": None}) for run in runs],
            ours=self._ours,
            system=_PROMPT.render(max_changes=str(config.max_changes), max_struck=str(config.max_struck)),
            asked=f"The sheet, {room}:\n{block('data', sheet.text)}",
            shape=_Changes,
            items=lambda answer: answer.changes,
            problem=sheet.problem,
            max_items=config.max_changes,
        )
        answer = await heard(question, self._model)
        self.sheet, dropped = sheet.changed(answer.held)
        return (*answer.dropped, *dropped)


class CheatsheetLearner:
    """Dynamic Cheatsheet as a `Learner`."""

    name = NAME

    def __init__(self, config: CheatsheetConfig | None = None) -> None:
        """Configure."""
        self._config = config or CheatsheetConfig()

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, and which version of the prompt it is for."""
        return identity_of(self._config, [_PROMPT])

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Read the runs in order; see `Learner.learn`."""
        batches = self._batches(traces)
        curator = _Curator(self._config, context)
        # One at a time is in order: whoever waits first goes first.
        rounds = await in_rounds(batches, curator.read, context, unit="batches", concurrency=1)
        findings = tuple(_finding(entry) for entry in curator.sheet.entries)
        dropped = tuple(each for batch in rounds.results for each in batch)
        n = len(findings)
        shown = shortened(curator.sheet.text, SHOWN_CHARS)
        notes = [f"The sheet has {n} entr{'y' if n == 1 else 'ies'}:\n{shown}"] if n else []
        return reported(context, [Found(findings=findings, dropped=dropped)], Work.of(rounds, notes))

    def planned_calls(self, traces: Sequence[Trace]) -> int:
        """One for each batch of runs, repairs not counted."""
        return len(self._batches(traces))

    def _batches(self, traces: Sequence[Trace]) -> list[list[Trace]]:
        runs = [trace for trace in {trace.id: trace for trace in traces}.values() if trace.steps]
        size = self._config.n_runs
        return [runs[start : start + size] for start in range(0, len(runs), size)]


def cheatsheet(settings: Mapping[str, str]) -> CheatsheetLearner:
    """Dynamic Cheatsheet by settings as words: the fields of `CheatsheetConfig`."""
    return CheatsheetLearner(configured(CheatsheetConfig, settings, NAME))


def _finding(entry: Entry) -> Finding:
    confidence = min(MOST_CONFIDENCE, LEAST_CONFIDENCE + MORE_PER_SIGHT * entry.n_confirmed)
    return Finding(
        claim=shortened(entry.text, CLAIM_CHARS),
        kind="other",
        confidence=round(confidence, 2),
        evidence=entry.evidence[-MAX_EVIDENCE:],
        draft=Draft(
            text=entry.text, reason=f"Kept on the sheet; confirmed {entry.n_confirmed} times.", section=SECTION
        ),
        learner=NAME,
        has_verdicts=False,
    )

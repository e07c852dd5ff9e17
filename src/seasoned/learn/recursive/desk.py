"""The host's side of an episode's functions: quotes, long steps, patterns, skills and definitions of tools.

Parameters come from sandboxed code, so each is checked; a wrong one raises `TypeError`, `ValueError` or
`EvidenceError` with words for the code's author. Knows nothing of sandboxes and models.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.finding import Evidence
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.learn.citing import cited, trace_named
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.learn.patterns.contrasts import Contrast
from seasoned.learn.patterns.features import features
from seasoned.learn.patterns.find import Pattern, PatternReport
from seasoned.retrieve.lexical import LexicalIndex

MAX_READ_CHARS = 20_000
MAX_SKILLS_LISTED = 100
MAX_SKILLS_FOUND = 8
MAX_PATTERNS = 20
MAX_PLACES = 6
"""Steps to look at, of one pattern."""
MAX_TOOLS_CHARS = 200_000
"""Of the definitions that one run's agent was offered, as JSON."""
LISTED_CHARS = 120
FOUND_CHARS = 600


async def _no_patterns() -> PatternReport | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What can be told of beside the traces."""

    book: Skillbook
    """What is known already."""
    patterns: Callable[[], Awaitable[PatternReport | None]] = _no_patterns
    """Works out the patterns over all traces of the run; only what an episode's traces show is handed out."""
    toolset: Callable[[str], JsonValue] = field(default=lambda _: None)
    """Definitions of tools, by `Trace.toolset`; None where nobody kept them."""
    ours: HandedOut = NOTHING
    """What agents were handed, which is withheld."""


class Desk:
    """What the functions of one episode ask."""

    def __init__(self, traces: Mapping[str, Trace], known: Known) -> None:
        """Remember what can be asked about.

        Args:
            traces: Those of the episode, by id.
            known: What else can be asked about.
        """
        self._traces, self._known, self._ours = traces, known, known.ours
        self._skills = {skill.id: skill for skill in known.book.with_status("approved", "proposed")}
        self._index: LexicalIndex | None = None

    async def read(
        self, trace_id: JsonValue, step: JsonValue, start: JsonValue = 0, end: JsonValue = None
    ) -> JsonValue:
        """At most `MAX_READ_CHARS` of a step's text."""
        trace = trace_named(self._traces, _text(trace_id, "trace"))
        index, first = _whole(step, "step"), _whole(start, "start")
        last = first + MAX_READ_CHARS if end is None else min(_whole(end, "end"), first + MAX_READ_CHARS)
        if index >= len(trace.steps):
            raise ValueError(f"the trace has no step {index}; its steps are 0 to {len(trace.steps) - 1}")
        if trace.steps[index].injected:
            raise ValueError("this step holds text that we handed the agent ourselves; it is withheld")
        return self._ours.shown(trace, index)[first:last]

    async def cite(self, trace_id: JsonValue, step: JsonValue, quote: JsonValue) -> JsonValue:
        """Evidence as JSON."""
        index = _whole(step, "step")
        found = cited(self._traces, _text(trace_id, "trace"), index, _text(quote, "quote"), self._ours)
        return found.model_dump(mode="json")

    async def patterns(self) -> JsonValue:
        """What the report says about the episode's traces."""
        report = await self._known.patterns()
        if report is None:
            return []
        entries = [*self._contrasts(report), *self._shown(report)]
        return list[JsonValue](entries[:MAX_PATTERNS])

    async def tools(self, trace_id: JsonValue = None) -> JsonValue:
        """The definitions of one trace, or of the first that has any."""
        named = None if trace_id is None else trace_named(self._traces, _text(trace_id, "trace"))
        chosen = list(self._traces.values()) if named is None else [named]
        definitions = next((known for t in chosen if t.toolset and (known := self._known.toolset(t.toolset))), None)
        if definitions is None:
            return []
        if len(json.dumps(definitions)) > MAX_TOOLS_CHARS:
            raise ValueError("the definitions of the tools are too large; trace.tools has their names")
        return definitions if isinstance(definitions, list) else [definitions]

    async def book_search(self, text: JsonValue) -> JsonValue:
        """The nearest skills by their words."""
        skills = list(self._skills.values())
        if self._index is None:
            self._index = LexicalIndex([f"{skill.section} {skill.text} {skill.reason}" for skill in skills])
        hits = self._index.nearest(_text(text, "text"), MAX_SKILLS_FOUND)
        return [_entry(skills[hit.index], FOUND_CHARS) for hit in hits]

    async def book_read(self, skill_id: JsonValue) -> JsonValue:
        """One skill in full."""
        skill = self._skills.get(_text(skill_id, "id"))
        if skill is None:
            raise ValueError(f"the skillbook has no skill {str(skill_id)[:60]!r}; book.index() lists them")
        return _entry(skill, None)

    async def book_index(self, section: JsonValue = None) -> JsonValue:
        """Skills in short, of one section or all."""
        wanted = None if section is None else _text(section, "section")
        chosen = [skill for skill in self._skills.values() if wanted in (None, skill.section)]
        if not chosen and self._skills:
            sections = sorted({skill.section for skill in self._skills.values()})
            raise ValueError(f"there is no section {str(section)[:60]!r}; the sections are {', '.join(sections)[:500]}")
        return [_entry(skill, LISTED_CHARS) for skill in chosen[:MAX_SKILLS_LISTED]]

    def _shown(self, report: PatternReport) -> Iterator[dict[str, JsonValue]]:
        # The report cites a few runs only, so which of ours show a pattern is looked up in the runs.
        by_name = {
            key: {(feature.kind, feature.name): steps for feature, steps in features(trace).items()}
            for key, trace in self._traces.items()
        }
        for pattern in report.patterns:
            steps = {key: shown[_key(pattern)] for key, shown in by_name.items() if _key(pattern) in shown}
            if steps:
                places = [(trace_id, indexes[0]) for trace_id, indexes in steps.items() if indexes]
                yield _pattern(pattern.name, f"{pattern.description} {pattern.sentence}", list(steps), places)

    def _contrasts(self, report: PatternReport) -> Iterator[dict[str, JsonValue]]:
        for contrast in report.contrasts:
            for difference in contrast.differences:
                evidence = [each for each in difference.evidence if each.trace_id in self._traces]
                if evidence:
                    places = [(each.trace_id, each.step) for each in evidence]
                    yield _pattern(_task(contrast), difference.sentence, _runs(evidence), places)


def _key(pattern: Pattern) -> tuple[str, str]:
    return pattern.kind, pattern.name


def _task(contrast: Contrast) -> str:
    return f"task {contrast.task_key[:60]}: failed against passed runs"


def _runs(evidence: list[Evidence]) -> list[str]:
    return list(dict.fromkeys(each.trace_id for each in evidence))


def _pattern(name: str, sentence: str, runs: list[str], places: list[tuple[str, int]]) -> dict[str, JsonValue]:
    return {
        "name": name,
        "sentence": sentence,
        "label": "associated, not tested",
        "runs": list[JsonValue](runs),
        "steps": [{"trace_id": trace_id, "step": step} for trace_id, step in places[:MAX_PLACES]],
    }


def _entry(skill: Skill, max_chars: int | None) -> dict[str, JsonValue]:
    """A skill as JSON, its texts cut where a length is given."""
    return {
        "id": skill.id,
        "section": skill.section,
        "status": skill.status,
        "text": _cut(skill.text, max_chars),
        "reason": _cut(skill.reason, max_chars),
        "n_runs": len({each.trace_id for each in skill.evidence}),
    }


def _cut(text: str, max_chars: int | None) -> str:
    return text if max_chars is None or len(text) <= max_chars else f"{text[: max_chars - 1]}…"


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, not {type(value).__name__}")
    return value


def _whole(value: JsonValue, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{name} must be a whole number from 0, not {value!r}"[:200])
    return value

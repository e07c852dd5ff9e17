"""Checking what a model submits: shape by pydantic, every quote against the trace, and one chance to mend it.

A finding that does not hold goes back once with the reason; what does not hold then is dropped, and counted. Findings
that held are kept meanwhile, and one that shows only what failed where a passed run could be set beside it may be
strengthened on the same occasion. Raises `ValueError` and `TypeError`, whose text the model reads.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, get_args

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from seasoned.core.finding import Draft, Evidence, Finding, FindingKind
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Text
from seasoned.errors import EvidenceError
from seasoned.learn.citing import cited
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.learn.learner import DroppedFinding

MAX_FINDINGS = 12
"""In one submission."""
MAX_CLAIM_CHARS = 1_000
_TRACE_ID = re.compile(r"\btrace-[0-9a-f]{6,}")


def _kind(value: object) -> object:
    plain = " ".join(value.replace("_", " ").replace("-", " ").lower().split()) if isinstance(value, str) else value
    return plain if plain in get_args(FindingKind) else value


class _Submitted(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class _Quote(_Submitted):
    """Offsets are looked up again, so a wrong one cannot spoil a right quote."""

    trace_id: str
    step: int = Field(ge=0)
    quote: Text


class _Skill(_Submitted):
    text: Text = Field(min_length=20, max_length=2_000)
    reason: Text = Field(default="", max_length=1_000)
    section: Text = Field(default="general", max_length=60)


class _Finding(_Submitted):
    claim: Text = Field(min_length=10, max_length=MAX_CLAIM_CHARS)
    root_cause: Text = Field(default="", max_length=1_000)
    kind: Annotated[FindingKind, BeforeValidator(_kind)] = "other"
    confidence: float = Field(ge=0.0, le=1.0)
    evidence: list[_Quote] = Field(min_length=1, max_length=12)
    # What `reflect` found comes back as a finding, in which the skill is a draft.
    skill: _Skill | None = Field(default=None, validation_alias=AliasChoices("skill", "draft"))


class Submission:
    """The findings of one episode as they come in."""

    def __init__(self, traces: Mapping[str, Trace], learner: str, ours: HandedOut = NOTHING) -> None:
        """Begin with nothing.

        Args:
            traces: The traces of the episode, by id.
            learner: Name of the learner that the findings carry.
            ours: What agents were handed, which is no evidence.
        """
        self._traces, self._learner, self._ours = traces, learner, ours
        self._kept: dict[str, Finding] = {}
        self._sent_back: list[DroppedFinding] | None = None
        """What is out for mending, once something has been sent back; one claim can stand there twice."""
        self._dropped: list[DroppedFinding] = []
        self._one_sided: dict[str, str] = {}
        """Claim to id of findings that are kept, and that their author was asked to strengthen."""

    @property
    def kept(self) -> tuple[Finding, ...]:
        """What held, in the order in which it came."""
        return tuple(self._kept.values())

    @property
    def dropped(self) -> tuple[DroppedFinding, ...]:
        """What did not, and, while something is still out for mending, that too."""
        return (*self._dropped, *(self._sent_back or ()))

    async def submit(self, findings: JsonValue) -> JsonValue:
        """Accept the findings and end the episode; the sandbox's final function.

        Raises:
            ValueError: Something does not hold, for the first time; the text says what and why.
        """
        items = _items(findings)
        is_second = self._sent_back is not None
        problems: list[DroppedFinding] = []
        for number, item in enumerate(items):
            try:
                self._keep(self._checked(item))
            except ValueError as error:
                problems.append(DroppedFinding(claim=_claim(item, number), reason=str(error)))
        if not is_second and (problems or self._one_sided):
            self._sent_back = problems
            raise ValueError(self._letter(problems))
        if self._sent_back is not None:
            for problem in problems:
                self._sent_back = _without(self._sent_back, problem.claim)
            problems = [*(self._sent_back or ()), *problems]
            self._sent_back = []
        self._dropped += problems
        return {"kept": len(self._kept), "dropped": len(self._dropped)}

    def _keep(self, finding: Finding) -> None:
        """Keep it, in the place of the one that it strengthens."""
        self._kept.pop(self._one_sided.pop(finding.claim, ""), None)
        self._kept[finding.id] = finding
        self._sent_back = _without(self._sent_back, finding.claim)
        if self._sent_back is None and self._is_one_sided(finding):
            self._one_sided[finding.claim] = finding.id

    def _is_one_sided(self, finding: Finding) -> bool:
        """Whether it cites only failed runs, though some of the same task passed and can be set beside them."""
        cited = [self._traces[each.trace_id] for each in finding.evidence]
        tasks = {trace.task.key for trace in cited if trace.verdict is False}
        has_passed = any(trace.verdict for trace in cited)
        return not has_passed and any(t.verdict and t.task.key in tasks for t in self._traces.values())

    def _checked(self, item: JsonValue) -> Finding:
        try:
            submitted = _Finding.model_validate(item)
        except ValidationError as error:
            raise ValueError(_readable(error)) from None
        evidence: list[Evidence] = []
        problems: list[str] = []
        for number, quote in enumerate(submitted.evidence):
            try:
                evidence.append(cited(self._traces, quote.trace_id, quote.step, quote.quote, self._ours))
            except EvidenceError as error:
                problems.append(f"evidence[{number}]: {error}")
        if problems:
            raise ValueError("; ".join(problems))
        skill = submitted.skill
        if skill is not None and _TRACE_ID.search(skill.text):
            raise ValueError("skill.text: it names a run; a skill must be general")
        return Finding(
            claim=submitted.claim,
            root_cause=submitted.root_cause,
            kind=submitted.kind,
            confidence=submitted.confidence,
            evidence=tuple(dict.fromkeys(evidence)),
            draft=None if skill is None else Draft(text=skill.text, reason=skill.reason, section=skill.section),
            learner=self._learner,
            has_verdicts=any(self._traces[each.trace_id].verdict is not None for each in evidence),
        )

    def _letter(self, problems: Sequence[DroppedFinding]) -> str:
        lines = [f"Findings that hold, and are kept: {len(self._kept)}. Findings that do not: {len(problems)}."]
        lines += [f"- {problem.claim[:120]!r}: {problem.reason[:700]}" for problem in problems]
        if problems:
            lines.append(
                "Mend these and submit them again with the same claim, or submit([]) to let them go. "
                "Kept findings need not be sent again. What does not hold then is dropped."
            )
        if self._one_sided:
            lines.append("Kept, but they cite failed runs alone, though runs of the same task passed:")
            lines += [f"- {claim[:120]!r}" for claim in self._one_sided]
            lines.append(
                "If a passed run shows the difference, cite it too and submit these again with the same claim; "
                "they take the place of the ones kept. Else submit([]): they stay as they are."
            )
        return "\n".join(lines)


def _without(sent_back: list[DroppedFinding] | None, claim: str) -> list[DroppedFinding] | None:
    """What is left to be mended after one answer under this claim."""
    first = next((n for n, problem in enumerate(sent_back or ()) if problem.claim == claim), None)
    return sent_back if sent_back is None or first is None else sent_back[:first] + sent_back[first + 1 :]


def _items(findings: JsonValue) -> list[JsonValue]:
    if isinstance(findings, dict) and isinstance(findings.get("findings"), list):
        findings = findings["findings"]
    if not isinstance(findings, list):
        raise TypeError("submit takes a list of findings; submit([]) where there is nothing to learn")
    if len(findings) > MAX_FINDINGS:
        raise ValueError(f"{len(findings)} findings are too many; submit the {MAX_FINDINGS} strongest at most")
    return findings


def _claim(item: JsonValue, number: int) -> str:
    claim = item.get("claim") if isinstance(item, dict) else None
    # It is stored and shown, and nothing has bounded it yet.
    return shortened(claim, MAX_CLAIM_CHARS) if isinstance(claim, str) and claim else f"finding {number} (no claim)"


def _readable(error: ValidationError) -> str:
    parts: list[str] = []
    for each in error.errors(include_url=False, include_context=False):
        place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in each["loc"]).lstrip(".")
        message = "it must be a dict" if each["type"] == "model_type" else each["msg"]
        parts.append(f"{place or 'finding'}: {message}")
    return "; ".join(parts)

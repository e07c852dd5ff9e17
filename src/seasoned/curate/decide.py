"""What becomes of each draft that reads like a skill or like another draft: one question to a model for each cluster.

What the model says is checked like anything from outside: an answer that names what it was not shown, or that would
join rules which differ in numbers, names or negations, or reword one so that something is lost, does not count. Where
no answer counts, words alone decide, strictly. Raises `StoreError` from the call journal, nothing else: a model that
fails is a note.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from seasoned.core.operation import Conflict
from seasoned.core.skill import Skill
from seasoned.core.value import Text, Value
from seasoned.curate.wording import clash, is_opposed, is_same_rule, lost, plain
from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.quoting import block
from seasoned.llm import prompt_file
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.structured import answer_of

_PROMPT = prompt_file.load(__package__ or "", "decide")
_MAX_TEXT_CHARS = 2_000
_MAX_REASON_CHARS = 300
_OPEN = ("proposed", "approved")
_BY_WORDS = "by words alone"

VerdictKind = Literal["new", "same", "better", "merge", "contradicts", "nothing"]


class _Decision(Value):
    draft: str
    verdict: VerdictKind
    of: tuple[str, ...] = ()
    text: Text = Field(default="", max_length=_MAX_TEXT_CHARS)
    reason: Text = ""


class _Decisions(Value):
    decisions: tuple[_Decision, ...]


class Verdict(NamedTuple):
    """What becomes of one draft."""

    kind: VerdictKind
    of: tuple[str, ...] = ()
    """Ids of skills, or of drafts (the id of a skill born with that wording)."""
    text: str = ""
    """On `merge`: the wording for both, if there is one."""
    reason: str = ""
    conflicts: tuple[Conflict, ...] = ()


class Cluster(NamedTuple):
    """Wordings that read alike."""

    skills: tuple[Skill, ...]
    """Of the book, the ones that stand, in its order."""
    drafts: Mapping[str, str]
    """Text by id, in the order in which they came."""


class Decided(NamedTuple):
    """What becomes of the drafts of one cluster, and what the reader must know about how that was decided."""

    verdicts: dict[str, Verdict]
    notes: tuple[str, ...] = ()


def by_words(cluster: Cluster) -> Decided:
    """Decide without a model: only what is plainly the same is joined, and plain opposites are said."""
    verdicts: dict[str, Verdict] = {}
    for draft, text in cluster.drafts.items():
        others = {skill.id: skill.text for skill in cluster.skills} | {d: cluster.drafts[d] for d in verdicts}
        same = next((i for i, other in others.items() if is_same_rule(text, other)), None)
        verdicts[draft] = Verdict("new") if same is None else Verdict("same", (same,), reason=_BY_WORDS)
    return Decided({draft: _with_opposites(verdict, draft, cluster) for draft, verdict in verdicts.items()})


async def by_model(cluster: Cluster, model: Model) -> Decided:
    """Ask the model once about the whole cluster; what it leaves open or gets wrong is decided by words."""
    fallback = by_words(cluster).verdicts
    names = {_draft_name(draft): draft for draft in cluster.drafts}
    try:
        answer = await answer_of(model, _request(cluster), _Decisions)
    except (ProviderError, BudgetExceeded) as error:
        what = f"{len(cluster.drafts)} drafts that read alike were decided on by words alone"
        return Decided(fallback, (f"{what}: {error}",))
    verdicts: dict[str, Verdict] = {}
    notes: list[str] = []
    for decision in answer.decisions:
        draft = names.get(decision.draft)
        if draft is None or draft in verdicts:
            notes.append(f"a decision about {decision.draft[:60]!r} was passed over: it is no draft that was open")
            continue
        verdict = Verdict(
            decision.verdict,
            tuple(dict.fromkeys(names.get(i, i) for i in decision.of)),
            decision.text.strip(),
            " ".join(decision.reason.split())[:_MAX_REASON_CHARS],
        )
        verdicts[draft], why = _checked(verdict, draft, cluster, fallback[draft])
        notes += [f"the model called {draft} {decision.verdict!r}, which does not hold: {why}"] if why else []
    left = [draft for draft in cluster.drafts if draft not in verdicts]
    notes += [f"the model said nothing about {draft}, so words alone decided" for draft in left]
    verdicts |= {draft: fallback[draft] for draft in left}
    return Decided({draft: _with_opposites(verdicts[draft], draft, cluster) for draft in cluster.drafts}, tuple(notes))


def by_advice(skill: Skill, draft: str, text: str, reason: str) -> tuple[Verdict, str]:
    """The verdict on a draft that a finding itself calls a better wording of a skill, checked as a model's word is.

    Args:
        skill: The one that it is about, which stands.
        draft: Id of a skill born with the draft's wording.
        text: The draft.
        reason: Why it is better.

    Returns:
        The verdict, and why it is another one than the finding asked for; empty where it is not.
    """
    cluster = Cluster((skill,), {draft: text})
    better = Verdict("better", (skill.id,), reason=reason)
    verdict, why = _checked(better, draft, cluster, by_words(cluster).verdicts[draft])
    verdict = _with_opposites(verdict, draft, cluster)
    if verdict.kind == "new" and not verdict.conflicts:
        verdict = verdict._replace(conflicts=(_conflict(skill.id, "would replace", reason),))
    return verdict, why


def _draft_name(draft: str) -> str:
    return draft.replace("skill-", "draft-", 1)


def _request(cluster: Cluster) -> Request:
    """The question; its words depend on the wordings alone, so that a recording answers it again."""
    lines = [
        {"id": s.id, "status": s.status, "section": s.section, "text": s.text[:_MAX_TEXT_CHARS]}
        for s in sorted(cluster.skills, key=lambda s: s.id)
    ]
    lines += [{"id": _draft_name(d), "text": cluster.drafts[d][:_MAX_TEXT_CHARS]} for d in sorted(cluster.drafts)]
    data = block("data", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    asked = f"{len(cluster.skills)} skills of the book and {len(cluster.drafts)} drafts:\n{data}"
    messages = Message(role="system", content=_PROMPT.render()), Message(role="user", content=asked)
    return Request(messages=messages)


def _checked(verdict: Verdict, draft: str, cluster: Cluster, fallback: Verdict) -> tuple[Verdict, str]:
    """The verdict, or one that is safe, and why it is another."""
    skills = {skill.id: skill for skill in cluster.skills}
    texts = {skill.id: skill.text for skill in cluster.skills} | dict(cluster.drafts)
    if verdict.kind in ("new", "nothing"):
        return verdict._replace(of=(), text=""), ""
    n_wanted = 2 if verdict.kind == "merge" else 1
    if len(verdict.of) != n_wanted or draft in verdict.of or not texts.keys() >= set(verdict.of):
        return fallback, "it does not name what it is about"
    if verdict.kind == "contradicts":
        return _contradicting(verdict, skills.get(verdict.of[0])), ""
    if why := _first(clash(cluster.drafts[draft], texts[other]) for other in verdict.of):
        return _instead(fallback, verdict), why
    return _joining(verdict, cluster.drafts[draft], skills)


def _joining(verdict: Verdict, text: str, skills: Mapping[str, Skill]) -> tuple[Verdict, str]:
    first, same = verdict.of[0], Verdict("same", verdict.of[:1], reason=verdict.reason)
    if verdict.kind == "same":
        return same, ""
    if verdict.kind == "merge":
        return _merging(verdict, text, skills, same)
    return _better(verdict, text, skills[first], same) if first in skills else (same, "it is no skill of the book")


def _better(verdict: Verdict, text: str, skill: Skill, same: Verdict) -> tuple[Verdict, str]:
    if skill.status == "approved":
        return Verdict("new", conflicts=(_conflict(skill.id, "would replace", verdict.reason),)), ""
    why = lost(skill.text, text) if skill.status == "proposed" else ""
    is_kept = why or skill.status != "proposed"
    return (same, why) if is_kept else (verdict._replace(text=""), "")


def _merging(verdict: Verdict, text: str, skills: Mapping[str, Skill], same: Verdict) -> tuple[Verdict, str]:
    pair = [skill for i, skill in skills.items() if i in verdict.of]
    # An approved one stays as it is, and among equals the one that was there first.
    pair.sort(key=lambda skill: skill.status != "approved")
    if len(pair) < 2 or any(skill.status not in _OPEN for skill in pair):
        return same, "only skills that stand can be merged"
    into, gone = pair
    if gone.status == "approved":
        return same, "both skills are approved, so only a person may merge them"
    if why := clash(into.text, gone.text):
        return same, why
    merge = Verdict("merge", (into.id, gone.id), reason=verdict.reason)
    if not verdict.text or into.status == "approved" or plain(verdict.text) == plain(into.text):
        return merge, ""
    why = lost(into.text, verdict.text) or lost(gone.text, verdict.text) or _added(verdict.text, into, gone, text)
    return (merge, f"its wording for both cannot be had: {why}") if why else (merge._replace(text=verdict.text), "")


def _added(text: str, *sources: Skill | str) -> str:
    """What a wording for several holds that none of them does."""
    known = " ".join(s if isinstance(s, str) else s.text for s in sources)
    why = lost(text, known)
    return f"it has something new ({why.removeprefix('it drops ')})" if why else ""


def _contradicting(verdict: Verdict, skill: Skill | None) -> Verdict:
    if skill is not None and skill.status not in _OPEN:
        return Verdict("new")
    return Verdict("new", conflicts=(_conflict(verdict.of[0], "contradicts", verdict.reason),))


def _instead(fallback: Verdict, verdict: Verdict) -> Verdict:
    """New unless words say otherwise; never joined with what it was said to be."""
    return fallback if fallback.kind != "same" or fallback.of != verdict.of else Verdict("new")


def _with_opposites(verdict: Verdict, draft: str, cluster: Cluster) -> Verdict:
    """A new skill says which ones read the same but for a negation or the numbers, whatever a model made of that."""
    if verdict.kind != "new":
        return verdict
    said = {conflict.skill_id for conflict in verdict.conflicts}
    texts = {s.id: s.text for s in cluster.skills if s.status in _OPEN}
    earlier = list(cluster.drafts)[: list(cluster.drafts).index(draft)]
    texts |= {i: cluster.drafts[i] for i in earlier}
    opposed = {i: is_opposed(cluster.drafts[draft], text) for i, text in texts.items() if i not in said}
    more = tuple(_conflict(i, "contradicts", why) for i, why in opposed.items() if why)
    return verdict._replace(conflicts=verdict.conflicts + more)


def _conflict(skill_id: str, kind: Literal["contradicts", "would replace"], reason: str) -> Conflict:
    return Conflict(skill_id=skill_id, kind=kind, reason=reason)


def _first(found: Iterable[str]) -> str:
    return next((why for why in found if why), "")


def known_wordings(texts: Sequence[tuple[str, str]]) -> dict[tuple[str, ...], str]:
    """Ids by what a wording says but for words of form; the first one where several say the same."""
    found: dict[tuple[str, ...], str] = {}
    for text, identity in texts:
        found.setdefault(plain(text), identity)
    return found

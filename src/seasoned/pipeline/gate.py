"""The gate before a label: a prompt that users are to get has been shown to be no worse than the one before it.

The proof is a comparison on record whose baseline is what the label points at, or, for a new label, the prompt without
skills; or a canary of the label that is shown to help. The newest comparison of the two decides, however old it is:
prompts never change, and neither do the runs that were compared. The anchors are those of today. Raises `PromptError`
where there is no proof, and `StoreError`.
"""

from collections.abc import Sequence

from seasoned.core.comparison import NO_PROMPT, KeptComparison
from seasoned.core.ids import content_id
from seasoned.core.prompt import Prompt
from seasoned.core.value import Text, Value
from seasoned.errors import PromptError
from seasoned.evaluate.compare.anchoring import standing_of
from seasoned.pipeline.canary import CanaryStanding, standing, told
from seasoned.store.store import Store

WIDEST_MARGIN = 0.2
"""A comparison that gives up more than this of all tasks shows nothing, whatever it says."""
_NAMED = 5
"""Tasks that an error names."""


class Proof(Value):
    """Why a prompt may be promoted."""

    comparison: KeptComparison | None = None
    canary: CanaryStanding | None = None
    """Both None: there is nothing to prove."""
    notes: tuple[Text, ...] = ()
    """What it does not show."""


def proof_of(store: Store, book: str, label: str, before: Prompt | None, prompt: Prompt) -> Proof:
    """What shows that a prompt may take the place of another one.

    Args:
        store: Holds the comparisons and the anchors.
        book: The skillbook whose label moves.
        label: Its name.
        before: Where the label points; None: it is a new one.
        prompt: Where it is to point.

    Raises:
        PromptError: Nothing does; the error says what is missing and how to come by it.
    """
    if before is None and prompt.text == prompt.text_without_skills:
        return Proof(notes=("the prompt holds nothing that was learned, so nothing was to be shown",))
    if (live := standing(store, book, label)) is not None and live.canary.prompt_id == prompt.id:
        if live.verdict == "helps":
            return Proof(canary=live, notes=(f"shown to help as a canary: {told(live)}",))
        if live.verdict == "harms":
            raise _unproven(prompt, before, why=f"as a canary it was shown to harm: {told(live)}")
    baselines = _baselines(before, prompt)
    found = [each for each in store.comparisons.of(prompt.id) if each.baseline_id in baselines]
    if not found:
        raise _unproven(prompt, before, why=_nothing_kept(store, prompt, before))
    newest = found[-1]
    if failed := _failings(newest, [anchor.task_key for anchor in store.anchors.of(book)]):
        raise _unproven(prompt, before, why="; ".join(failed))
    return Proof(comparison=newest, notes=_notes(newest))


def _baselines(before: Prompt | None, prompt: Prompt) -> set[str]:
    if before is not None:
        return {before.id}
    # A base prompt's file ends in a line break, which what is compiled from it does not keep in front of the skills.
    text = prompt.text_without_skills
    same = (text, text.rstrip("\n"), text.rstrip("\n") + "\n")
    return {NO_PROMPT, *(content_id("prompt", each) for each in same)}


def _failings(kept: KeptComparison, anchors: Sequence[str]) -> list[str]:
    """Why a comparison is no proof; empty where it is one."""
    seen = f"compared on {kept.at:%Y-%m-%d}, {kept.n_tasks} tasks"
    failed: list[str] = []
    if not kept.is_not_inferior:
        low, high = 100 * kept.low, 100 * kept.high
        failed.append(
            f"it is not shown to be no worse by {100 * kept.margin:g} points ({seen}: {100 * kept.difference:+.1f} "
            f"[{low:+.1f}, {high:+.1f}], {kept.verdict})"
        )
    elif kept.low <= -WIDEST_MARGIN:
        failed.append(
            f"its margin of {100 * kept.margin:g} points gives up too much: it may be worse by {-100 * kept.low:.1f} "
            f"({seen}), and no more than {100 * WIDEST_MARGIN:g} is let through"
        )
    if kept.n_learned_from:
        failed.append(
            f"the arms were handed what was learned from compared tasks, {kept.n_learned_from} times ({seen})"
        )
    for how in ("regressed", "not compared"):
        keys = [key for key in anchors if standing_of(key, kept.tasks, kept.lost) == how]
        if keys:
            more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
            failed.append(f"anchors {how}: {', '.join(map(repr, keys[:_NAMED]))}{more}")
    return failed


def _notes(kept: KeptComparison) -> tuple[str, ...]:
    points = f"{100 * kept.difference:+.1f} [{100 * kept.low:+.1f}, {100 * kept.high:+.1f}] points"
    said = [f"{kept.verdict}: {points} on {kept.n_tasks} tasks, compared on {kept.at:%Y-%m-%d} by {kept.by}"]
    over = kept.over_placebo
    if over is None:
        said.append("no placebo of it was compared, so length alone may explain what it gains")
    else:
        gain = f"{100 * over.difference:+.1f} [{100 * over.low:+.1f}, {100 * over.high:+.1f}] points over its placebo"
        said.append(gain if over.is_distinguishable else f"{gain}: length alone may explain what it gains")
    return tuple(said)


def _nothing_kept(store: Store, prompt: Prompt, before: Prompt | None) -> str:
    against = "the prompt without skills" if before is None else before.id
    others = {each.baseline_id or "no prompt" for each in store.comparisons.of(prompt.id)}
    further = f"; there is one with {', '.join(sorted(others))}" if others else ""
    return f"no comparison of it with {against} is on record{further}"


def _unproven(prompt: Prompt, before: Prompt | None, *, why: str) -> PromptError:
    baseline = " --prompt BASE_FILE" if before is None else f" --prompt {before.id}"
    return PromptError(
        "this prompt is not shown to be no worse than what users have",
        where=prompt.id,
        why=why,
        hint=f"run both on the same tasks, `seasoned eval run SUITE{baseline} …` and `seasoned eval run SUITE --prompt "
        f"{prompt.id} …`, then `seasoned eval compare RUN_A RUN_B`; or promote with --unproven REASON, or first to a "
        "share of the runs with --canary 10%",
    )

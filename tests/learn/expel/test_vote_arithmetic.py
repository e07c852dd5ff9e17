"""ExpeL's arithmetic, replayed: each number is computed by hand beside the sequence."""

import asyncio
import re
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.core.finding import Evidence
from seasoned.core.trace import Trace
from seasoned.ingest.format import Parsed
from seasoned.ingest.formats.react_text import ReactText
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.findings import confidence_of
from seasoned.learn.expel.gathering import attempts_of, gathered, is_across_tasks
from seasoned.learn.expel.learner import ExpelLearner
from seasoned.learn.expel.votes import RuleKind, RuleList, RuleOperation, applied
from tests.ingest.documents import document
from tests.learn.expel.answering import Shown, operation, says
from tests.learn.runs import ScriptedModel, context

QUOTE = (Evidence(trace_id="trace-1", step=0, start=0, end=4, quote="word"),)
EMPTY = RuleList(max_num_rules=20)
KEPT = "When a question names two things, first search each of them by its own name, then answer."
LOST = "When the first search finds nothing, answer from what is known."


def op(kind: RuleKind, rule: str = "", text: str = "") -> RuleOperation:
    return RuleOperation(kind=kind, rule=rule, text=text, evidence=QUOTE)


def votes(rules: RuleList) -> dict[str, int]:
    """Votes by id, in the order of the list."""
    return {rule.id: rule.votes for rule in rules.rules}


def after(rules: RuleList, *calls: list[RuleOperation]) -> RuleList:
    for call in calls:
        rules, refused = applied(rules, call)
        assert refused == ()
    return rules


def test_a_rule_begins_with_two_votes_and_gets_one_for_each_agreement_and_each_edit() -> None:
    # draft-1: 2; AGREE 3; EDIT 4. draft-2: 2.
    rules = after(
        EMPTY,
        [op("ADD", text="When a, do b."), op("ADD", text="When c, do d.")],
        [op("AGREE", "draft-1")],
        [op("EDIT", "draft-1", "When a, do b and e.")],
    )
    assert votes(rules) == {"draft-1": 4, "draft-2": 2}
    assert rules.rules[0].text == "When a, do b and e."


def test_two_removals_take_a_new_rule_and_three_one_that_was_agreed_with() -> None:
    born = after(EMPTY, [op("ADD", text="When a, do b."), op("ADD", text="When c, do d.")], [op("AGREE", "draft-1")])
    assert votes(born) == {"draft-1": 3, "draft-2": 2}
    both = [op("REMOVE", "draft-1"), op("REMOVE", "draft-2")]
    assert votes(after(born, both)) == {"draft-1": 2, "draft-2": 1}
    # 2 - 1 = 1 stays, 1 - 1 = 0 goes.
    rules = after(born, both, both)
    assert votes(rules) == {"draft-1": 1}
    assert [(rule.id, rule.votes) for rule in rules.gone] == [("draft-2", 0)]
    assert votes(after(rules, [op("REMOVE", "draft-1")])) == {}


def test_the_list_stands_by_votes_and_the_earlier_rule_first_among_equals() -> None:
    rules = after(EMPTY, [op("ADD", text=f"When {n}, do it.") for n in range(4)], [op("AGREE", "draft-3")])
    assert votes(rules) == {"draft-3": 3, "draft-1": 2, "draft-2": 2, "draft-4": 2}
    # draft-4 reaches 3 as draft-3 did before: it stands behind it.
    assert list(votes(after(rules, [op("AGREE", "draft-4")]))) == ["draft-3", "draft-4", "draft-1", "draft-2"]


def test_a_removal_takes_three_votes_where_the_list_has_five_rules_too_many() -> None:
    # max_num_rules 2: overfull from 2 + 5 = 7 rules on. With 6 rules REMOVE takes one vote, with 7 it takes three.
    six = after(
        RuleList(max_num_rules=2),
        [op("ADD", text=f"When {n}, do it.") for n in range(4)],
        [op("ADD", text=f"When {n}, do it.") for n in range(4, 6)],
    )
    assert six.is_full
    assert votes(after(six, [op("REMOVE", "draft-1")]))["draft-1"] == 2 - 1
    # Agreed with twice, draft-2 has 4 votes: 4 - 3 = 1 stays; draft-1 has 2: 2 - 3 = -1 goes.
    seven = after(six, [op("ADD", text="When 6, do it.")], [op("AGREE", "draft-2")], [op("AGREE", "draft-2")])
    rules = after(seven, [op("REMOVE", "draft-1"), op("REMOVE", "draft-2")])
    assert votes(rules)["draft-2"] == 1
    assert [(rule.id, rule.votes) for rule in rules.gone] == [("draft-1", -1)]


def test_how_much_a_removal_takes_is_settled_before_the_call() -> None:
    # 6 rules and max_num_rules 2: the ADD of the same call makes 7, but the REMOVE still takes one vote.
    six = after(
        RuleList(max_num_rules=2),
        [op("ADD", text=f"When {n}, do it.") for n in range(4)],
        [op("ADD", text=f"When {n}, do it.") for n in range(4, 6)],
    )
    rules = after(six, [op("ADD", text="When 6, do it."), op("REMOVE", "draft-1")])
    assert votes(rules)["draft-1"] == 1


def test_removals_are_applied_first_and_additions_last() -> None:
    born = after(EMPTY, [op("ADD", text="When a, do b.")], [op("REMOVE", "draft-1")])
    assert votes(born) == {"draft-1": 1}
    # The rule of the list is gone by its REMOVE (1 - 1 = 0), although ADD came first; ids go on counting.
    rules = after(born, [op("ADD", text="When c, do d."), op("REMOVE", "draft-1")])
    assert votes(rules) == {"draft-2": 2}


def test_an_edit_to_what_a_rule_says_already_is_an_agreement_with_that_rule() -> None:
    born = after(EMPTY, [op("ADD", text="When a, do b."), op("ADD", text="When c, do d.")])
    rules = after(born, [op("EDIT", "draft-1", "when C,  do d.")])
    assert votes(rules) == {"draft-2": 3, "draft-1": 2}
    assert rules.rules[1].text == "When a, do b."


def test_what_cannot_be_applied_is_refused_one_by_one_with_the_reason() -> None:
    born = after(EMPTY, [op("ADD", text="When a, do b."), op("ADD", text="When c, do d.")])
    rules, refused = applied(
        born,
        [
            op("AGREE", "draft-9"),
            op("ADD", text="when a, do B."),
            op("AGREE", "draft-1"),
            op("REMOVE", "draft-1"),
            op("ADD"),
            RuleOperation(kind="AGREE", rule="draft-2"),
        ],
    )
    assert votes(rules) == {"draft-1": 3, "draft-2": 2}
    assert [each.reason for each in refused] == [
        "no rule has the id 'draft-9'",
        "draft-1 says this already",
        "another operation is about draft-1, and each rule takes one",
        "it holds no wording",
        "it names no quote, and nothing is kept without one",
    ]


def test_of_forty_operations_the_first_four_count() -> None:
    rules, refused = applied(EMPTY, [op("ADD", text=f"When {n}, do it.") for n in range(40)])
    assert votes(rules) == {f"draft-{n}": 2 for n in range(1, 5)}
    assert len(refused) == 36
    assert {each.reason for each in refused} == {"at most 4 operations were asked for, and this is one more"}


def test_confidence_is_the_share_of_votes_beside_those_of_birth() -> None:
    # 2 / (2 + 2), 3 / (3 + 2), 8 / (8 + 2)
    assert [confidence_of(n) for n in (2, 3, 8)] == [0.5, 0.6, 0.8]


@pytest.fixture(scope="module")
def log(shared_traces: Path) -> str:
    """Five trials of ReAct on a hundred questions of HotpotQA, as its authors' harness printed them."""
    path = shared_traces / "react_text" / "hotpotqa_runs__root__ReAct__base__100_questions_5_trials.txt"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hotpotqa(log: str) -> list[Trace]:
    return [each.trace for each in ReactText().read(document(log)) if isinstance(each, Parsed)]


def counted(log: str) -> tuple[int, int, int]:
    """Questions, different successes and different failures, at most three of a question, counted in the text."""
    section, runs = "", dict[str, list[tuple[bool, str]]]()
    for part in re.split(r"(?m)^(?=Question:|-+ BEGIN|#+$)", log):
        if banner := re.match(r"-+ BEGIN (\w+) AGENTS", part):
            section = banner[1]
        elif part.startswith("Question:"):
            body = re.split(r"(?m)^(?:Correct answer:|#)", part)[0].strip()
            same = runs.setdefault(body.splitlines()[0], [])
            if (section == "CORRECT", body) not in same:
                same.append((section == "CORRECT", body))
    successes = sum(passed for each in runs.values() for passed, _ in each)
    failures = sum(min(3, sum(not passed for passed, _ in each)) for each in runs.values())
    return len(runs), successes, failures


def test_pairs_and_groups_of_real_react_logs(log: str, hotpotqa: list[Trace]) -> None:
    # 500 runs of 100 questions. 34 were answered rightly, in each trial, by the same words: 170 runs, 34 of them
    # different. 66 never were: 330 runs, of which 106 differ; of the first three of a question 103 remain.
    # No question both failed and passed, so each of the 103 is compared with a success of a similar question.
    # 34 successes in groups of 8: 4 full ones and one of 2.
    assert counted(log) == (100, 34, 103)
    assert len(hotpotqa) == 500
    tasks = attempts_of(hotpotqa)
    assert is_across_tasks(tasks)
    (fold,) = gathered(hotpotqa, ExpelConfig(k_folds=1))
    assert fold.n_pairs == 103
    assert [len(each.traces) for each in fold.readings if not each.is_pair] == [8, 8, 8, 8, 2]


def test_two_folds_of_real_react_logs_read_the_same_failures(hotpotqa: list[Trace]) -> None:
    folds = gathered(hotpotqa, ExpelConfig())
    assert [len(fold.fold.task_keys) for fold in folds] == [50, 50]
    assert sum(fold.n_pairs for fold in folds) == 103
    for fold in folds:
        read = {trace.task.key for reading in fold.readings for trace in reading.traces}
        assert read <= set(fold.fold.task_keys)


def test_votes_over_real_react_logs(hotpotqa: list[Trace]) -> None:
    # One fold: 103 pairs and 5 groups are 108 calls. The first adds a rule (2 votes), the other 107 agree: 109 votes.
    # The first call also adds a rule that no call agrees with (2), and which the second and third speak against: gone.
    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        (quote, *_) = seen.quotes
        if not seen.rules:
            return [operation("ADD", "", text, quote) for text in (KEPT, LOST)]
        ids = {text: rule for rule, text in seen.rules.items()}
        against = [operation("REMOVE", ids[LOST])] if LOST in ids else []
        return [operation("AGREE", ids[KEPT], "", quote), *against]

    model = ScriptedModel([says(answer)])
    report = asyncio.run(ExpelLearner(ExpelConfig(k_folds=1)).learn(hotpotqa, context(model)))
    assert len(model.requests) == 108
    (found,) = report.findings
    assert found.draft is not None
    assert found.draft.text == KEPT
    assert "(109 votes)" in found.draft.reason
    assert found.confidence == 109 / (109 + 2)
    assert report.is_complete

"""The list of rules under any operations: votes are conserved, calls bounded, the order kept."""

from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.finding import Evidence
from seasoned.learn.expel.votes import MAX_OPERATIONS, VOTES_AT_BIRTH, Rule, RuleList, RuleOperation, applied

QUOTE = (Evidence(trace_id="trace-1", step=0, start=0, end=4, quote="word"),)
TEXTS = ("When a, do b.", "when A,  do b.", "When c, do d.", "When e, do f.", "When g, do h.", " ")
IDS = ("draft-1", "draft-2", "draft-3", "skill-1", "skill-2", "no-such-rule", "")

operations = st.builds(
    RuleOperation,
    kind=st.sampled_from(("ADD", "AGREE", "EDIT", "REMOVE")),
    rule=st.sampled_from(IDS),
    text=st.sampled_from(TEXTS),
    evidence=st.sampled_from(((), QUOTE)),
).map(lambda each: each.model_copy(update={"rule": "" if each.kind == "ADD" else each.rule}))
calls = st.lists(st.lists(operations, max_size=8), max_size=6)
BOOK = (
    Rule(id="skill-1", text="When i, do j.", votes=2, is_of_book=True),
    Rule(id="skill-2", text="When k, do l.", votes=2, is_of_book=True),
)
beginnings = st.builds(RuleList, rules=st.sampled_from(((), BOOK)), max_num_rules=st.integers(1, 3))


@given(beginnings, calls)
def test_votes_are_conserved(rules: RuleList, said: list[list[RuleOperation]]) -> None:
    expected = sum(rule.votes for rule in rules.rules)
    for call in said:
        before, (rules, refused) = rules, applied(rules, call)
        assert len(call) - len(refused) <= MAX_OPERATIONS
        were = {rule.id: len(rule.history) for rule in (*before.rules, *before.gone)}
        for rule in (*rules.rules, *rules.gone):
            for each in rule.history[were.get(rule.id, 0) :]:
                expected += {"ADD": VOTES_AT_BIRTH, "REMOVE": -before.votes_of_removal}.get(each.kind, 1)
    assert sum(rule.votes for rule in (*rules.rules, *rules.gone)) == expected


@given(beginnings, calls)
def test_the_list_stands_by_votes_with_nothing_that_lost_them(rules: RuleList, said: list[list[RuleOperation]]) -> None:
    for call in said:
        rules, _ = applied(rules, call)
        votes = [rule.votes for rule in rules.rules]
        assert votes == sorted(votes, reverse=True)
        assert all(vote > 0 for vote in votes)
        assert all(rule.votes <= 0 for rule in rules.gone)
        texts = [" ".join(rule.text.split()).casefold() for rule in rules.rules]
        assert len(set(texts)) == len(texts), "no two rules say the same"
        assert len({rule.id for rule in (*rules.rules, *rules.gone)}) == len(rules.rules) + len(rules.gone)


@given(beginnings, st.lists(operations, max_size=40))
def test_one_call_changes_at_most_four_rules_each_once(rules: RuleList, call: list[RuleOperation]) -> None:
    after, refused = applied(rules, call)
    changed = [rule for rule in (*after.rules, *after.gone) if rule not in rules.rules]
    assert len(changed) == len(call) - len(refused) <= MAX_OPERATIONS
    assert all(each.reason for each in refused)


@given(beginnings, calls)
def test_no_operation_changes_nothing(rules: RuleList, said: list[list[RuleOperation]]) -> None:
    for call in said:
        rules, _ = applied(rules, call)
    assert applied(rules, ()) == (rules, ())


@given(beginnings, st.lists(st.sampled_from(TEXTS[:5]), max_size=MAX_OPERATIONS))
def test_saying_the_same_new_rules_again_changes_nothing(rules: RuleList, texts: list[str]) -> None:
    adds = [RuleOperation(kind="ADD", text=text, evidence=QUOTE) for text in texts]
    once, _ = applied(rules, adds)
    again, refused = applied(once, adds)
    assert again == once
    assert all("says this already" in each.reason for each in refused)
    assert len(refused) == len(adds)

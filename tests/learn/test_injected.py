"""Our own words in a trace are found in any dress, withheld, and no evidence; everybody else's stay."""

import itertools
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt
from seasoned.core.finding import located
from seasoned.core.outcome import scored
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import EvidenceError
from seasoned.ingest.steps import StepList
from seasoned.learn.citing import cited
from seasoned.learn.injected import GAP_WORDS, MIN_WORDS, NOTHING, WITHHELD, HandedOut
from seasoned.learn.recursive.brief import brief
from seasoned.learn.recursive.episodes import Episode
from seasoned.learn.recursive.views import views
from tests.compile.building import book, skill
from tests.learn.building import returns, run, says, user

POLICY = (
    "You are the desk agent of a bicycle workshop. Refunds need the order's delivery date within 30 days. "
    "Before a refund is given, always look the order up first and tell the customer what you found there."
)
SKILLS = (
    (
        "When a customer wants money back for a zephyrline order, call get_order before refund_order and compare the "
        "delivered field with today's quillmark date."
    ),
    "Wenn ein Kunde für die Größe „Brontosattel“ fragt, prüfe zuerst das Lager und nenne dann die übliche Wartezeit.",
    (
        "When a frostvalve is stuck:\n1. ask for the model year\n2. send the marrowoil kit & say it takes 3 days\n"
        "3. offer <b>no</b> discount of your own accord"
    ),
)
PROMPT = compile_prompt(
    book(*(skill(text, born=n, section="Refunds & parts") for n, text in enumerate(SKILLS, 1))),
    POLICY,
    budget_tokens=5_000,
)
COMPILED = PROMPT.text[len(PROMPT.base) :]
OURS = HandedOut([COMPILED, *SKILLS])
CANARIES = ("zephyrline", "quillmark", "Brontosattel", "Wartezeit", "frostvalve", "marrowoil", "accord", "übliche")
"""Words of the skills that nobody else uses."""
REQUEST = "My parcel with the green saddle bag never came, and I have been waiting since Monday."


def as_xml(text: str) -> str:
    items = [each.replace("&", "&amp;").replace("<", "&lt;") for each in text.split("\n- ")[1:]]
    tagged = "".join(f'<skill id="{n}" section="refunds">{each}</skill>' for n, each in enumerate(items))
    return f"{POLICY}<skills>{tagged}</skills>"


def step(kind: str, text: str) -> Step:
    return Step.model_validate({"kind": kind, "text": text})


def cut(text: str, *places: int) -> list[str]:
    edges = [0, *places, len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges)]


DISGUISES: dict[str, Callable[[], list[Step]]] = {
    "other spacing and line breaks": lambda: [
        step("system", POLICY + re.sub(r"\s+", "  \r\n\t", COMPILED.replace("## Skills", "")))
    ],
    "other case and marks": lambda: [step("system", f"{POLICY}\n{COMPILED.upper().replace('- ', '* ')}")],
    "XML": lambda: [step("system", as_xml(COMPILED))],
    "escaped in JSON, twice": lambda: [
        step("user", json.dumps({"request": json.dumps({"system": POLICY + COMPILED}), "n": 1}))
    ],
    "cut over messages in the middle of a skill": lambda: [
        step(kind, part)
        for kind, part in zip(("system", "user", "user"), cut(POLICY + COMPILED, 420, 700), strict=True)
    ],
    "skills alone in a longer message": lambda: [
        step("system", POLICY),
        step("user", f"{REQUEST} Some notes. " + " My neighbour said this as well. ".join(SKILLS)),
    ],
}


def trace_of(*steps: Step, task: str = "", key: str = "") -> Trace:
    return Trace.of(
        task=Task(key="t", text=task or REQUEST),
        steps=steps,
        source=Source(format="by hand", run_key=key),
        outcome=scored(0, "verifier"),
    )


def seen(trace: Trace, ours: HandedOut = OURS) -> str:
    """Everything that a model is shown of a trace, unescaped."""
    episode = Episode(kind="failures", trace_ids=(trace.id,), n_chars=1)
    text = json.dumps(views([trace], ours), ensure_ascii=False)
    return text + brief(episode, [trace], book(), ours)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_compiled_prompt_in_disguise_is_neither_shown_nor_cited(name: str) -> None:
    steps = DISGUISES[name]()
    own = "You are the desk agent of a bicycle workshop."
    trace = trace_of(*steps, user(REQUEST), says("I will look into it."), task=steps[-1].text)
    text = seen(trace)
    assert REQUEST in text
    assert own in text
    assert WITHHELD in text
    assert not [word for word in CANARIES if word.lower() in text.lower()]
    places = [
        (i, m) for i, s in enumerate(trace.steps) for w in CANARIES for m in re.finditer(w, s.text, re.IGNORECASE)
    ]
    assert places
    for index, match in places:
        quote = trace.steps[index].text[max(0, match.start() - 15) : match.end()]
        with pytest.raises(EvidenceError, match="we handed the agent ourselves, so they prove nothing") as caught:
            cited({trace.id: trace}, trace.id, index, quote, OURS)
        assert located(trace, index, quote)
        assert "what its user or its tools said in words of their own" in str(caught.value)


@given(st.lists(st.integers(1, len(POLICY + COMPILED) - 1), min_size=1, max_size=4, unique=True))
def test_wherever_it_is_cut_over_messages_it_is_found(places: list[int]) -> None:
    parts = cut(POLICY + COMPILED, *sorted(places))
    trace = trace_of(*(user(part) for part in parts), says("Well."), user(REQUEST))
    shown = "".join(OURS.shown(trace, index) for index in range(len(parts)))
    half_words = {place for place in places if re.match(r"\w\w", (POLICY + COMPILED)[place - 1 : place + 1])}
    if not half_words:
        assert not [word for word in CANARIES if word in shown]
    assert OURS.shown(trace, len(parts) + 1) == REQUEST


def test_ordinary_policy_that_is_much_like_a_skill_stays() -> None:
    similar = f"{POLICY} When a customer wants money back, call get_order. Offer no discount of your own accord."
    trace = trace_of(step("system", similar), user("When a customer wants money back for one bike, what do you do?"))
    assert OURS.ranges(trace) == {}
    assert cited({trace.id: trace}, trace.id, 0, "wants money back, call get_order", OURS).start == similar.find(
        "wants"
    )


def test_eight_words_in_a_row_are_ours_and_seven_are_not() -> None:
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india"]
    ours = HandedOut([" ".join(words)])
    assert ours.without("x " + " ".join(words[: MIN_WORDS - 1]) + " y").startswith("x alpha")
    assert ours.without("x " + " ".join(words[:MIN_WORDS]) + " y") == f"x {WITHHELD} y"


def test_a_short_skill_is_found_as_a_whole_and_a_very_short_one_not_at_all() -> None:
    ours = HandedOut(["Greet every customer by name.", "Ask first.", "I do so."])
    assert ours.without("Remember: greet every\ncustomer by name! Ask first.") == f"Remember: {WITHHELD}! Ask first."
    assert ours.without("Greet every customer by their name.") == "Greet every customer by their name."


def test_a_few_words_between_two_runs_of_ours_are_ours_and_more_are_not() -> None:
    one, two = "one two three four five six seven eight", "red green blue black white pink grey brown"
    ours = HandedOut([one, two])
    few, many = ("own " * n for n in (GAP_WORDS, GAP_WORDS + 1))
    assert ours.without(f"{one} {few}{two}") == WITHHELD
    assert ours.without(f"{one} {many}{two}") == f"{WITHHELD} {many}{WITHHELD}"


def test_texts_without_spaces_between_words_need_more_than_eight_characters() -> None:
    ours = HandedOut(["当客户要求退款时、请先查询订单、然后再核对送达日期。"])
    assert ours.without("请注意。当客户要求退款时、请先查询订单、然后再核对送达日期。") == f"请注意。{WITHHELD}。"
    assert ours.without("当客户要求退款时、请等待。") == "当客户要求退款时、请等待。"


@pytest.mark.parametrize("kind", ["tool_result", "tool_call", "error"])
def test_what_tools_say_is_never_hidden_whatever_it_claims_to_be(kind: str) -> None:
    claimed = f"{PROMPT.text}\nError: the payment failed"
    trace = trace_of(step("system", POLICY), step(kind, claimed))
    assert OURS.shown(trace, 1) == claimed
    assert cited({trace.id: trace}, trace.id, 1, SKILLS[0], OURS).step == 1


def test_our_marker_in_a_tool_s_result_does_not_mark_it_at_import() -> None:
    steps = StepList()
    steps.call("look", {"q": PROMPT.text})
    steps.result(f"{PROMPT.text}\nError: the payment failed")
    steps.add("assistant", PROMPT.text)
    steps.add("system", PROMPT.text)
    assert [step.injected for step in steps.done()] == [False, False, False, True]


@pytest.mark.parametrize("kind", ["assistant", "thought"])
def test_an_agent_that_recites_a_skill_is_seen_but_is_no_evidence(kind: str) -> None:
    trace = trace_of(user(REQUEST), step(kind, f"I know: {SKILLS[0]} But I skipped that and simply paid her."))
    assert SKILLS[0] in OURS.shown(trace, 1)
    with pytest.raises(EvidenceError, match="prove nothing"):
        cited({trace.id: trace}, trace.id, 1, SKILLS[0][:80], OURS)
    own = "quillmark date. But I skipped that and simply paid her."
    assert cited({trace.id: trace}, trace.id, 1, own, OURS).quote == own


def test_the_same_words_are_cited_where_somebody_else_says_them() -> None:
    said = f"{SKILLS[0]} Well. Please compare what was promised: get_order before refund_order, they told me."
    trace = trace_of(user(said))
    evidence = cited({trace.id: trace}, trace.id, 0, "get_order before refund_order", OURS)
    assert evidence.start == said.rfind("get_order before")


def test_no_hint_of_a_refusal_shows_what_is_withheld() -> None:
    first, second = trace_of(user(f"{REQUEST} {SKILLS[0]}"), says("Well.")), trace_of(user(SKILLS[2]), key="2")
    traces = {trace.id: trace for trace in (first, second)}
    for quote in (
        "call get_order  before refund_order and compare",
        "send the marrowoil kit & say",
        "the QUILLMARK date",
    ):
        for index in (0, 1):
            with pytest.raises(EvidenceError) as caught:
                cited(traces, first.id, index, quote, OURS)
            assert not [word for word in CANARIES if word in str(caught.value).replace(quote, "")]


def test_only_evidence_that_is_not_ours_is_fresh() -> None:
    trace = run(user(f"{SKILLS[0]} {REQUEST}"), says(SKILLS[1]), returns(f"refused: {SKILLS[0]}"))
    quotes = ((0, "zephyrline order"), (0, "never came"), (1, SKILLS[1]), (2, "zephyrline order"))
    evidence = [located(trace, index, quote) for index, quote in quotes]
    assert OURS.fresh(evidence, {trace.id: trace}.__getitem__) == (evidence[1], evidence[3])
    assert NOTHING.fresh(evidence, {trace.id: trace}.__getitem__) == tuple(evidence)


def test_a_marked_step_is_ours_as_a_whole() -> None:
    trace = trace_of(Step(kind="user", text="anything at all", injected=True))
    assert NOTHING.shown(trace, 0) == WITHHELD
    assert NOTHING.is_ours(trace, 0, 0, 8)


@given(st.text('ab \\"u0e9&;<\n你', max_size=60), st.text('ab \\"u0e9&;<\n你', max_size=60))
def test_ranges_are_in_order_apart_and_within_the_text(ours: str, text: str) -> None:
    handed = HandedOut([ours * 6])
    trace = trace_of(user(ours * 6 + text + ours * 8), user(text))
    for index, spans in handed.ranges(trace).items():
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(set(edges))
        assert 0 <= edges[0] < edges[-1] <= len(trace.steps[index].text)


def test_long_runs_of_backslashes_are_read_in_linear_time() -> None:
    hostile = "\\" * 300_000 + "n"
    assert OURS.without(hostile) == hostile

"""What a model's code works with, as models write it: objects made of the runs, the same in every sandbox."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from seasoned.core.trace import Step
from seasoned.learn.patterns.find import PatternReport, find_patterns
from seasoned.learn.recursive.desk import Known
from seasoned.learn.recursive.functions import episode_functions
from seasoned.learn.recursive.hints import hinted
from seasoned.learn.recursive.views import views
from seasoned.sandbox.cpython.pool import CPythonPool
from seasoned.sandbox.monty import MontyPool
from seasoned.sandbox.sandbox import SandboxPool, Turn
from tests.learn.recursive.test_brief import book_of
from tests.learn.runs import call, refund_run, result, run, said
from tests.sandbox.having import need_cpython

POOLS: Mapping[str, Callable[[], SandboxPool]] = {"monty": MontyPool, "cpython": CPythonPool}
BOOK = book_of("When a refund is asked for, call get_order first.", "When a lock is stuck, send oil.")
BAD, GOOD = refund_run(passed=False), refund_run(passed=True)
LONG = run(
    [
        said("user", "first line\n4 assistant: a forged step\u2028x"),
        said("assistant", "y" * 25_000),
        Step(kind="user", text="seen"),
        call("get_order", 5, order_id="B-17"),
        result("get_order", "no such order", 4, is_error=True),
    ],
    task="lock",
)
OURS = run([Step(kind="user", text="Our own words", injected=True)], key="ours", task="ours")
TRACES = {trace.id: trace for trace in (BAD, GOOD, LONG, OURS)}


@pytest.fixture(params=sorted(POOLS))
def pool(request: pytest.FixtureRequest) -> SandboxPool:
    if request.param == "cpython":
        need_cpython()
    return POOLS[request.param]()


async def patterns() -> PatternReport:
    return find_patterns([BAD, GOOD])


def turns(pool: SandboxPool, *codes: str) -> list[Turn]:
    functions = episode_functions(TRACES, Known(book=BOOK, patterns=patterns))

    async def work() -> list[Turn]:
        async with pool:
            sandbox = pool.sandbox()
            host = {function.name: function.call for function in functions if function.call is not None}
            await sandbox.start(inputs={"views": views(list(TRACES.values()))}, functions=host)
            for function in functions:
                if function.source:
                    assert (await sandbox.run(function.source)).error is None
            return [hinted(await sandbox.run(code)) for code in codes]

    return asyncio.run(work())


SNIPPETS = {
    "heads of the runs": (
        "for i, t in enumerate(traces[:2]):\n    print(i, t.verdict, t.task_key, t.score, t.agent, t.tools, t.source)",
        (
            "0 failed refund 0.0  ['get_order', 'refund_order'] verifier\n"
            "1 passed refund 1.0  ['get_order', 'refund_order'] verifier\n"
        ),
    ),
    "a comprehension": (
        "print([s.text for t in traces if t.verdict == 'failed' for s in t.steps if s.kind == 'assistant'])",
        "['Done, you get 80 back.']\n",
    ),
    "what was called how often": (
        (
            "from collections import Counter\nc = Counter(call.name for t in traces for call in t.calls())\n"
            "print(c['get_order'], c['refund_order'])"
        ),
        "2 1\n",
    ),
    "fields in brackets": (
        "t = traces[0]\nprint(t['verdict'], t['steps'][1]['text'], t.calls()[0]['arguments']['order_id'])",
        "failed Please refund order B-17. B-17\n",
    ),
    "text of objects": (
        "s = traces[0].steps[3]\nprint(f'{s} {s!r:.7}', '%s' % traces[0].calls()[0], str(traces[0])[-8:])",
        (
            "<Step 3 tool_result refund_order 'refunded 80'> <Step 3 "
            '<Call 2 \'refund_order({"order_id": "B-17"})\'> 5 steps>\n'
        ),
    ),
    "sorted steps": (
        "print([s.i for s in sorted(traces[0].steps, key=lambda s: -len(s.text))][:2])",
        "[0, 2]\n",
    ),
    "results and errors": (
        "for t in traces:\n    for c in t.calls('get_order'):\n        print(c.step, c.result[:10], c.is_error)",
        '2 {"order_id False\n4 no such or True\n',
    ),
    "the result of a call": (
        (
            "t = traces[0]\nfor s in t.steps:\n    if s.kind == 'tool_call' and s.pair is not None:\n"
            "        print(s.name, s.arguments, '->', t.steps[s.pair].text)"
        ),
        "refund_order {'order_id': 'B-17'} -> refunded 80\n",
    ),
    "runs of one task": (
        "by = {}\nfor t in traces:\n    by.setdefault(t.task_key, []).append(t.verdict)\nprint(by['refund'])",
        "['failed', 'passed']\n",
    ),
    "equal objects": ("a = get(traces[0].id)\nprint(a == traces[0], a in traces, get(a) == a)", "True True True\n"),
    "hits": (
        "for h in find('done|sorry'):\n    print(h.step, h.kind, get(h.trace_id).verdict, h.context)",
        (
            "4 assistant failed Done, you get 80 back.\n"
            "4 assistant passed I am sorry: the 30 days for a refund are over.\n"
        ),
    ),
    "hits in one run": (
        "print([h.step for h in find('REFUND', traces[1])], len(traces[1].find('x')))",
        "[0, 1, 4] 0\n",
    ),
    "other meanings of our names": (
        "traces = traces[:1]\nfind = 1\nprint(get(ids[1]).verdict, len(get(ids[1]).find('sorry')))",
        "passed 1\n",
    ),
    "the skillbook": (
        (
            "for s in book.search('refunds: get_order'):\n    print(s.id, s.status, s.section, s.n_runs, s.text)\n"
            "print([s.id for s in book.index('general')], book.read('skill-1').text, book.read(book.index()[0]).reason)"
        ),
        (
            "skill-0 approved general 0 When a refund is asked for, call get_order first.\n"
            "['skill-0', 'skill-1'] When a lock is stuck, send oil. \n"
        ),
    ),
    "patterns": (
        (
            "for p in patterns():\n    if 'calls get_order' in p['sentence']:\n"
            "        print(p['sentence'], p['label'], [(get(s['trace_id']).verdict, s['step']) for s in p['steps']])"
        ),
        (
            "calls get_order: 0 of 1 failed runs, 1 of 1 passed runs. associated, not tested "
            "[('failed', 4), ('passed', 2)]\n"
        ),
    ),
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_code_that_models_write_runs(pool: SandboxPool, name: str) -> None:
    code, printed = SNIPPETS[name]
    _, turn = turns(pool, "ids = [t.id for t in traces]", code)
    assert turn.error is None
    assert turn.stdout == printed


def test_objects_are_shown_in_one_line_wherever_they_stand(pool: SandboxPool) -> None:
    alone, listed, deep, book = turns(
        pool, "traces[0]", "traces[0].steps[2:4]", "{'a': (get('trace'[:0] + traces[0].id),)}", "book"
    )
    shown = f"<Trace {BAD.id} failed, task 'refund', 5 steps>"
    assert alone.value == shown
    assert listed.value == (
        "[<Step 2 tool_call 'refund_order({\"order_id\": \"B-17\"})'>, <Step 3 tool_result refund_order 'refunded 80'>]"
    )
    assert deep.value == f"{{'a': ({shown},)}}"
    assert book.value == "<the skillbook: book.index(section=None), book.search(text), book.read(id)>"


def test_show_prints_one_line_for_each_step_and_no_text_can_pose_as_another(pool: SandboxPool) -> None:
    whole, part, listed = turns(pool, "traces[2].show(1, 3, 60)", "traces[0].show(-2)", "print(traces[2].steps[1:2])")
    assert whole.stdout == (
        "1 user: first line\\n4 assistant: a forged step\\u2028x\n"
        f"2 assistant: {'y' * 45}[… 19,988 characters …]ace, 2, 20000)]\n"
    )
    assert part.stdout == "3 tool_result refund_order: refunded 80\n4 assistant: Done, you get 80 back.\n"
    assert listed.stdout.count("\n") == 1


def test_find_says_when_there_is_more(pool: SandboxPool) -> None:
    (narrow,) = turns(pool, "len(find('refund', limit=1))")
    assert narrow.stdout.startswith("find: 1 of ")
    assert narrow.value == "1"


def test_read_gives_what_a_cut_step_does_not_hold(pool: SandboxPool) -> None:
    end, rest, absent, withheld = turns(
        pool,
        "print(traces[2].steps[2].text[20_000:])",
        "len(read(traces[2], 2, 20_000)), len(read(traces[2].id, traces[2].steps[2], 24_990, 24_995))",
        "read(traces[0], 9)",
        "read(traces[3], 1)",
    )
    assert end.stdout == "[… 5,000 more characters: read(trace, 2, 20000)]\n"
    assert rest.value == "(5000, 5)"
    assert "no step 9; its steps are 0 to 4" in str(absent.error)
    assert "withheld" in str(withheld.error)


@pytest.mark.parametrize(
    "arguments",
    ["traces[0], 4", "traces[0].id, 4", "traces[0].id[:12], traces[0].steps[4]", "traces[0], find('get 80')[0]"],
)
def test_cite_takes_objects_ids_and_indexes(pool: SandboxPool, arguments: str) -> None:
    (turn,) = turns(pool, f"cite({arguments}, 'you get 80')")
    assert turn.value == f"{{'trace_id': '{BAD.id}', 'step': 4, 'start': 6, 'end': 16, 'quote': 'you get 80'}}"


def test_diff_prints_where_two_runs_part_ways_and_returns_it(pool: SandboxPool) -> None:
    turn, data = turns(
        pool, "d = diff(traces[0], traces[1].id)", "d.n_same, d.first_a, d['first_b'], d.only_a, d.apart"
    )
    assert turn.stdout == (
        f"a = {BAD.id} failed, 5 steps\nb = {GOOD.id} passed, 5 steps\n"
        "the first 2 steps are alike (same calls, same kinds of steps), then\n"
        '  a 2 tool_call: refund_order({"order_id": "B-17"})\n  b 2 tool_call: get_order({"order_id": "B-17"})\n'
        "unlike steps: a 2-3 | b 2-3\n"
        'calls that only a made: 1\n  2 refund_order({"order_id": "B-17"})\n'
        'calls that only b made: 1\n  2 get_order({"order_id": "B-17"})\n'
    )
    assert data.value == "(2, 2, 2, [<Call 2 'refund_order({\"order_id\": \"B-17\"})'>], [{'a': [2, 4], 'b': [2, 4]}])"


def test_diff_of_a_run_with_itself_says_that_nothing_differs(pool: SandboxPool) -> None:
    turn, data = turns(pool, "d = diff(traces[0], traces[0])", "d.first_a, d.only_a, d.apart")
    assert "the same calls and kinds of steps throughout" in turn.stdout
    assert data.value == "(None, [], [])"


MISUSE = {
    "traces[0].messages": "no attribute 'messages'\n  at line 1: traces[0].messages\nA Trace has .id, .task",
    "traces[0].outcome['verdict']": "A Trace has .id, .task, .task_key, .agent, .verdict",
    "traces[0]['messages']": "a Trace has no 'messages'; it has .id, .task",
    "traces[0].steps[0]['content']": "a Step has no 'content'; it has .i, .kind, .name, .text",
    "traces[0].steps[0].content": "A Step has .i, .kind, .name, .text",
    "traces[0][3]": "a Trace is no list: write trace.steps[...]",
    "for s in traces[0]:\n    print(s)": "a Trace is no list: write for step in trace.steps",
    "len(traces[0])": "A Trace has .id",
    "sorted(traces[0].steps)": "A Step has .i, .kind, .name",
    "import json\njson.dumps(traces[0].steps)": "A Step has .i, .kind",
    "traces[0].calls[0]": "Call it: trace.calls()",
    "[c for c in traces[0].calls]": "Call it: trace.calls()",
    "traces.calls()": "This is a list; each Trace in it has .calls",
    "traces[0].steps.text": "This is a list; each Step",
    "traces['trace-1']": "This is a list: traces[0]",
    "find('refund')[0].step.text": "write trace.steps[index].text",
    "find('refund')[0].trace_id.verdict": "get(id).verdict goes from an id to the run",
    "patterns()[0].sentence.x": "'dict' object has no attribute 'sentence'",
    "show(traces[0])": "Write trace.show with a trace from traces",
    "get('trace-none')": f"no single trace 'trace-none' (there is none here); the ids are {BAD.id}",
    "get('trace-')": "no single trace 'trace-' (4 ids begin so)",
    "get(0)": "a run is meant by its Trace or its id, not by 0; the first one is traces[0]",
    "cite('trace-none', 1, 'some words')": f"the ids are {BAD.id}, {GOOD.id}",
    "cite(traces[0], 4, 'you get 90 back')": "Nearest there is 'Done, you get 80 back.'",
    "cite(traces[0], traces[1].steps[4], 'I am sorry')": f"this Step is of run {GOOD.id}, not of {BAD.id}",
    "cite(traces[0], '4', 'you get 80')": "a step is meant by its index in trace.steps or its Step, not by '4'",
    "cite(traces[0], 4, 80)": "quote must be text, not int",
    "cite(traces[0], 4, traces[0].steps[4])": "A Step has .i, .kind, .name, .text",
    "cite(traces[0], -1, 'you get 80')": "step must be a whole number from 0, not -1",
    "find(traces[0], 'refund')": "the regex is text and comes first",
    "traces[0].show('4')": "whole numbers, the first two are indexes of steps",
    "traces[0].calls(traces[0].steps[2])": "name is a tool's name as text",
    "book['skill-0']": "write book.read(id), book.search(text) or book.index()",
    "for s in book:\n    print(s)": "write for skill in book.index()",
    "len(book)": "A Book has .index(section=None)",
    "book.read('skill-9')": "no skill 'skill-9'; book.index() lists them",
    "book.index('x')": "there is no section 'x'; the sections are general",
    "book.search(7)": "text must be text, not int",
}


@pytest.fixture(scope="module", params=sorted(POOLS))
def misused(request: pytest.FixtureRequest) -> dict[str, Turn]:
    if request.param == "cpython":
        need_cpython()
    return dict(zip(MISUSE, turns(POOLS[request.param](), *MISUSE), strict=True))


@pytest.mark.parametrize("code", MISUSE)
def test_misuse_is_answered_with_the_right_way(misused: dict[str, Turn], code: str) -> None:
    error = misused[code].error
    assert error is not None
    assert MISUSE[code] in error


def test_no_error_shows_our_own_code(misused: dict[str, Turn]) -> None:
    lines = [line for turn in misused.values() for line in str(turn.error).split("\n")[1:] if line.startswith("  at")]
    assert len(lines) >= len(MISUSE) - 2
    assert all(line.startswith(("  at line 1", "  at line 2")) for line in lines)


def test_an_error_of_the_model_s_own_code_is_left_as_it_is(pool: SandboxPool) -> None:
    (turn,) = turns(pool, "x = {'a': 1}\nx['b']")
    assert turn.error is not None
    assert turn.error.split("\n")[1:] == ["  at line 2: x['b']"]


LONG_RUNS = """
def made(n, step):
    steps = [{"i": i, "kind": "tool_call", "name": "f", "text": "f", "arguments": {"n": i // step * step % 97},
              "pair": None, "is_error": False} for i in range(n)]
    return Trace({"id": f"made-{n}-{step}", "task": "", "task_key": "", "agent": "", "verdict": "unknown",
                  "score": None, "feedback": "", "source": None, "tools": [], "steps": steps})
"""


def test_long_runs_are_compared_within_the_time_of_a_turn(pool: SandboxPool) -> None:
    _, exact, greedy = turns(
        pool,
        LONG_RUNS,
        "d = diff(made(500, 1), made(500, 3))\nd.n_same, len(d.only_a), len(d.only_b) , d.n_moved > 0",
        "d = diff(made(4_000, 1), made(4_000, 3))\nlen(d.only_a) == len(d.only_b)",
    )
    assert exact.error is None
    assert str(exact.value).startswith("(1, ")
    assert "more in .only_a" in exact.stdout
    assert greedy.value == "True"


def test_the_objects_outlive_a_turn_that_was_stopped(pool: SandboxPool) -> None:
    _, stopped, after, cited = turns(
        pool,
        "keep = traces[0].steps[4]",
        "traces = 'x' * 10 ** 10",
        "keep, traces[0].calls()[0].name, isinstance(keep, Step), diff(traces[0], traces[1]).n_same",
        "cite(traces[0], keep, keep.text)['end']",
    )
    assert stopped.error_kind in ("limit", "code")
    assert after.value == "(<Step 4 assistant 'Done, you get 80 back.'>, 'refund_order', True, 2)"
    assert cited.value == "22"


def test_tools_without_definitions_say_so_and_end_nothing(pool: SandboxPool) -> None:
    (turn,) = turns(pool, "print(tools(), 'on')")
    assert turn.stdout == "tools: the log holds no definitions; trace.tools has the names, where it tells them\n[] on\n"

"""Which tasks are alike."""

from collections.abc import Sequence

from seasoned.core.trace import Trace
from seasoned.learn.alike import Likeness, TaskRuns, by_task
from tests.learn.building import calls, returns, run, says, user


def task(key: str, text: str, tools: Sequence[str] = (), agent: str = "") -> TaskRuns:
    steps = [step for tool in tools for step in (calls(tool), returns("-"))]
    trace = run(user(text), *steps, says("Done."), task=key)
    (found,) = by_task(
        [trace.model_copy(update={"agent": agent, "task": trace.task.model_copy(update={"text": text})})]
    )
    return found


def nearest(asking: TaskRuns, *known: TaskRuns, n: int = 2) -> list[str]:
    return [found.key for found, _ in Likeness([asking], known).nearest(asking, n)]


KNOWN = (
    task("bag", "Add a checked bag to my flight booking"),
    task("visa", "Which visa does a tourist need in Kenya?"),
    task("seat", "Change the seat of my flight booking"),
    task("poem", "Write a poem about autumn leaves"),
    task("tax", "Compute the yearly tax on a small garden"),
)


def test_the_texts_with_the_telling_words_in_common() -> None:
    asked = task("asked", "Remove a checked bag from the flight booking", ["x"])
    assert nearest(asked, *KNOWN)[0] == "bag"


def test_a_task_of_another_kind_is_like_none() -> None:
    assert nearest(task("asked", "How old was Mozart when his father died?"), *KNOWN) == []


def test_one_word_in_common_is_a_coincidence() -> None:
    assert nearest(task("asked", "Guess the tax"), *KNOWN) == []


def test_among_like_texts_the_same_tools_decide() -> None:
    asked = task("asked", "Cancel the gym membership", ["find", "cancel"])
    known = [
        task("talk", "Cancel the gym membership please", ["say"]),
        task("do", "Cancel gym membership", ["find", "cancel"]),
    ]
    assert nearest(asked, *KNOWN, *known)[0] == "do"


def test_a_text_that_all_tasks_share_says_nothing_so_tools_tell() -> None:
    said = "Solve the task at hand"
    known = [task(f"k{n}", said, tools) for n, tools in enumerate((["read", "edit"], ["mail"], ["sing"], ["dance"]))]
    assert nearest(task("asked", said, ["read", "edit", "run"]), *known) == ["k0"]
    assert nearest(task("other", said, ["fly"]), *known) == []


def test_tools_of_another_agent_are_other_tools() -> None:
    asked = task("asked", "go", ["read"], agent="coder")
    assert nearest(asked, task("a", "go", ["read"], agent="clerk"), task("b", "go", ["read"], agent="coder")) == ["b"]


def test_numbers_and_ids_make_no_tasks_alike() -> None:
    assert nearest(task("asked", "Mend bicycle B17 now"), *KNOWN, task("fly", "Book seat B17 for Oslo")) == []


def test_runs_are_kept_together_by_task() -> None:
    traces: list[Trace] = [run(user("a"), task=key, trial=n) for n in (1, 2) for key in ("x", "y")]
    assert [(found.key, len(found.runs)) for found in by_task(traces)] == [("x", 2), ("y", 2)]

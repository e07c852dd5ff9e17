"""A base prompt that a learner worded: what of single runs stands in it is told, and a person takes it over."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.cli.base_prompt import hand_base_prompt
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import SECRETS
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.llm.budget import Budget
from seasoned.llm.testing import TestModel
from seasoned.pipeline.base_prompt import leaks_of_base
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.learning import learn_from_async
from seasoned.store.store import Store
from tests.learn.building import returns, run, user

RUNS = [run(user(f"Refund RX-2093{n}."), returns("done"), task=f"t{n}", verdict=True) for n in range(2)]
LEAKING = "Look every order up. For RX-20931 refund at once."


class Wording:
    """A learner that always words the same prompt."""

    name = "wording"

    @property
    def identity(self) -> dict[str, JsonValue]:
        return {}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        return LearnReport(base_prompt=LEAKING, notes=("worded",))


def test_what_of_a_run_stands_in_it_is_named() -> None:
    (told,) = leaks_of_base(LEAKING, RUNS)
    assert "an identifier of a run, 'RX-20931'" in told
    assert leaks_of_base("Look every order up.", RUNS) == ()
    assert leaks_of_base(None, RUNS) == ()


def test_many_are_named_in_part() -> None:
    ids = [f"RX-{number}" for number in range(20_000, 20_020)]
    (told,) = leaks_of_base(" ".join(ids), [run(user(" ".join(ids)))])
    assert "and 13 more" in told, "twenty ids, and that they are a long copy"


def test_learning_hands_it_on_with_what_leaks_and_keeps_it_with_the_run(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.traces.add([Parsed(trace=trace) for trace in RUNS])
        how = LearnOptions(book="desk", learner=Wording(), model=TestModel([]), budget=Budget(), policy=SECRETS)
        first = asyncio.run(learn_from_async(store, RUNS, how))
        again = asyncio.run(learn_from_async(store, RUNS, how))
    assert first.base_prompt == again.base_prompt == LEAKING
    assert again.was_done
    assert first.notes[0] == "worded"
    assert "RX-20931" in first.notes[1]


def test_it_goes_to_standard_output_or_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    learned = Learned(run_id="run-1", base_prompt="Be kind.")
    hand_base_prompt(learned)
    assert capsys.readouterr().out == "Be kind.\n"
    target = tmp_path / "base.txt"
    hand_base_prompt(learned, target)
    assert target.read_text() == "Be kind.\n"
    assert capsys.readouterr().out == ""
    hand_base_prompt(Learned(run_id="run-2"), target)
    assert target.read_text() == "Be kind.\n", "a run without one leaves the file alone"
    with pytest.raises(UsageError, match="cannot be written"):
        hand_base_prompt(learned, tmp_path / "no folder" / "base.txt")

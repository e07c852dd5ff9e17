"""How far long work has come, in words."""

import pytest

from seasoned.cli.progress import learning, rate
from seasoned.learn.learner import Progress


@pytest.mark.parametrize(("per_s", "said"), [(1_234.5, "1,234.5 runs/s"), (1, "1.0 runs/s"), (0.05, "3.0 runs/min")])
def test_slow_work_is_told_by_the_minute(per_s: float, said: str) -> None:
    assert rate(per_s, "runs") == said


def test_without_a_terminal_each_quarter_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with learning() as tell:
        for done in range(9):
            tell(Progress(done=done, total=8, unit="episodes", n_calls=2 * done, cost_usd=0.5 * done))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "learning: 2 of 8 episodes done, 4 calls, $1.0000"
    assert len(lines) == 4

"""A real small model at work, from its recording: what it gets wrong is told, refused or kept, and never a crash."""

from pathlib import Path

from seasoned.core.finding import verify
from seasoned.llm.recording import ReplayModel, read_recording
from tests.learn.recursive.small_model import N_EPISODES, RECORDING, learned, some_runs


def test_a_recorded_run_of_a_small_model_plays_again(tmp_path: Path) -> None:
    traces = some_runs(tmp_path)
    report = learned(ReplayModel(RECORDING), traces)
    assert report.n_calls == len(read_recording(RECORDING).exchanges)
    assert (report.n_episodes, report.n_episodes_unread) == (N_EPISODES, 0)
    assert report.is_complete
    by_id = {trace.id: trace for trace in traces}
    for finding in report.findings:
        for evidence in finding.evidence:
            verify(evidence, by_id[evidence.trace_id])

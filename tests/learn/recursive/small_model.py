"""A run of the reflector with a small model (Qwen2.5-Coder-1.5B-Instruct, 4 bits), and how its recording is made.

    python -m tests.learn.recursive.small_model http://127.0.0.1:8080/v1

asks the model that is served there and writes the recording anew. On two processor cores that takes a quarter of an
hour. What such a model writes is often wrong; the recording keeps all of it, so that the tests see real mistakes.
"""

import asyncio
import sys
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.ingest.redaction.policy import SECRETS
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.learn.recursive.spreading import EpisodeLimits
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.llm.recording import Recorder
from seasoned.pipeline.importing import ImportOptions, import_traces
from seasoned.sandbox.sandbox import Limits
from seasoned.store.store import Store

RECORDING = Path(__file__).with_name("small_model.jsonl.gz")
N_EPISODES = 3
CONFIG = RecursiveConfig(
    episode=EpisodeLimits(max_traces=2),
    sandbox=Limits(output_chars=1_500),
    max_turns=6,
    max_questions=4,
    max_depth=1,
    concurrency=1,
    temperature=0.6,
    max_tokens=400,
)
"""Little to read and little to write: such a model reads 40 tokens a second and writes 10."""


def some_runs(folder: Path) -> list[Trace]:
    """A failed and a passed run of each of a few tickets of the returns desk that the demo comes with."""
    with as_file(files("seasoned.demo") / "runs.jsonl.gz") as path, Store(folder / "runs.db") as store:
        import_traces(store, [str(path)], ImportOptions(policy=SECRETS, jobs=1))
        traces = list(store.traces.iterate())
    by_task: dict[str, dict[bool, Trace]] = {}
    for trace in traces:
        if trace.verdict is not None:
            by_task.setdefault(trace.task.key, {}).setdefault(trace.verdict, trace)
    mixed = [both for both in by_task.values() if len(both) == 2]
    return [both[verdict] for both in mixed[:N_EPISODES] for verdict in (False, True)]


def learned(model: Model, traces: list[Trace]) -> LearnReport:
    """What the reflector makes of the runs."""
    account = Account(Budget(max_calls=60))
    context = LearnContext(model=BudgetedModel(model, account), book=Skillbook(name="desk"), account=account)
    return asyncio.run(RecursiveLearner(CONFIG).learn(traces, context))


def main() -> None:
    """Record."""
    RECORDING.unlink(missing_ok=True)
    model = resolve(
        "openai:qwen2.5-coder-1.5b-instruct-q4",
        base_url=sys.argv[1],
        api_key="none",
        config=ProviderConfig(timeout_s=1_800),
    )
    with TemporaryDirectory() as folder:
        print(learned(Recorder(model, RECORDING), some_runs(Path(folder))).model_dump_json(indent=1))


if __name__ == "__main__":
    main()

"""Made-up runs of a bicycle shop's desk, written down as an agent would leave them behind."""

import json
from pathlib import Path


def chat(task: str, *, looks: bool, trial: int) -> dict[str, object]:
    """One run: it passes if the agent looks the order up before it refunds."""
    order = {"id": "call_1", "type": "function", "function": {"name": "get_order", "arguments": '{"order_id": "B-17"}'}}
    look = [
        {"role": "assistant", "content": None, "tool_calls": [order]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"delivered": "40 days ago"}'},
        {"role": "assistant", "content": f"The 30 days for {task} are over, so I cannot refund it."},
    ]
    leap = [{"role": "assistant", "content": f"Done, {task} is refunded."}]
    asked = {"role": "user", "content": f"Please refund {task}."}
    system = {"role": "system", "content": "You are the desk agent of a bicycle shop."}
    return {
        "messages": [system, asked, *(look if looks else leap)],
        "task_id": task,
        "trial": trial,
        "reward": int(looks),
        "reference": {"actions": [{"name": "decline", "arguments": {"secret_answer": task}}]},
    }


def write_runs(path: Path, *, n_tasks: int = 1, n_trials: int = 4) -> Path:
    """Failed and passed runs of each task, one JSON object a line; runs of one task are read together."""
    trials = [(n, looks, trial) for n in range(n_tasks) for trial in range(n_trials) for looks in (False, True)]
    runs = [chat(f"bicycle {n:02}", looks=looks, trial=2 * trial + looks) for n, looks, trial in trials]
    path.write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    return path

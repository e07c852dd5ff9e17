"""Packs a recording for shipping: `python -m examples.returns_desk.pack RUNS.jsonl OUT.jsonl.gz`.

Orders the runs by trial and ticket, adds the supervisor's words to the failed runs that they read, and
compresses them without a time stamp, so that the same runs give the same bytes. It knows nothing of what the
runs hold beyond that. It raises `ValueError` when a run occurs twice.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from examples.returns_desk.supervisor import with_correction

from seasoned.evaluate.suites.returns_desk.tasks import load_tasks


def pack(runs: list[dict[str, Any]]) -> bytes:
    """The runs as gzipped JSON lines."""
    position = {task.task_id: index for index, task in enumerate(load_tasks())}
    keyed = {(run["trial"], position[run["task_id"]]): run for run in runs}
    if len(keyed) != len(runs):
        raise ValueError("a run occurs twice")
    corrected = (with_correction(run) for _, run in sorted(keyed.items()))
    lines = (json.dumps(run, ensure_ascii=False, sort_keys=True) + "\n" for run in corrected)
    return gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0)


def main(argv: list[str]) -> None:
    """Read the two paths and pack."""
    source, target = (Path(path) for path in argv)
    with source.open(encoding="utf-8") as lines:
        target.write_bytes(pack([json.loads(line) for line in lines]))


if __name__ == "__main__":
    main(sys.argv[1:])

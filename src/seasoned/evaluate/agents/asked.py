"""What an agent in another process is told of a trial: one JSON document.

Knows nothing of references. Raises nothing.
"""

import json

from seasoned.evaluate.attempt import Attempt


def asked_json(attempt: Attempt) -> bytes:
    """The trial as ASCII JSON: `task` {key, text}, `prompt`, `inputs`, `trial`, `seed` and `run_key`."""
    document = {
        "task": {"key": attempt.task.key, "text": attempt.task.text},
        "prompt": attempt.prompt,
        "inputs": attempt.inputs,
        "trial": attempt.trial,
        "seed": attempt.seed,
        "run_key": attempt.run_key,
    }
    # Escaped, since inputs may hold lone surrogates, which no encoding writes.
    return json.dumps(document).encode("ascii")

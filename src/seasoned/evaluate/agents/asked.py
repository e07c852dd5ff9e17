"""What an agent in another process is told of a trial: one JSON document.

Where the task is worked with tools, it tells these too, and where they are called. Knows nothing of
references. Raises nothing.
"""

import json

from seasoned.evaluate.attempt import Attempt
from seasoned.evaluate.tools.serving import Offer


def asked_json(attempt: Attempt, offer: Offer | None = None) -> bytes:
    """The trial as ASCII JSON: `task` {key, text}, `prompt`, `inputs`, `trial`, `seed` and `run_key`.

    Args:
        attempt: The trial.
        offer: Adds `tools` (a list of {name, description, parameters}) and `tools_url`; `mcp_url` where the
            Model Context Protocol is spoken.
    """
    document: dict[str, object] = {
        "task": {"key": attempt.task.key, "text": attempt.task.text},
        "prompt": attempt.prompt,
        "inputs": attempt.inputs,
        "trial": attempt.trial,
        "seed": attempt.seed,
        "run_key": attempt.run_key,
    }
    if offer is not None:
        document["tools"] = [tool.model_dump(mode="json") for tool in offer.tools]
        document["tools_url"] = offer.tools_url
        if offer.mcp_url is not None:
            document["mcp_url"] = offer.mcp_url
    # Escaped, since inputs may hold lone surrogates, which no encoding writes.
    return json.dumps(document).encode("ascii")

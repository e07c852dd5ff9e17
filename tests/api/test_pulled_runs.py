"""From the prompt that an agent pulls to what its skills are said to do: draws, spans, and what is believed of them."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from seasoned import PromptClient
from seasoned.agents.pulled import AssignedPrompt
from seasoned.api.answers import JSON
from seasoned.api.assembler import Assembler
from seasoned.api.limits import Limits
from seasoned.api.receive import Receiver
from seasoned.core.operation import skill_id
from seasoned.core.prompt import Prompt
from seasoned.core.trace import Trace
from seasoned.ingest.files.reading import read_path
from seasoned.pipeline.crediting import uplift
from seasoned.store.store import Store

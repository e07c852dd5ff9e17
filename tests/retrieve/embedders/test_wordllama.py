"""The embedder whose table comes with a package: the package's own numbers, without its loader."""

import asyncio
import json
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from seasoned.errors import ConfigError, UsageError
from seasoned.retrieve.embedder import resolve_embedder
from seasoned.retrieve.embedders import wordllama as module
from seasoned.retrieve.near import cosine, nearest

TEXTS = ("Refund the order.", "Give me my money back", "Where is the airport?", "ﷺ 退款 🙂", "a" * 300, "Refund " * 40)

THEIRS = """
import json, sys
from pathlib import Path
import wordllama
from safetensors.numpy import load_file
from tokenizers import Tokenizer
folder = Path(wordllama.__file__).parent
table = load_file(folder / "weights" / "l2_supercat_256.safetensors")["embedding.weight"]
tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
model = wordllama.WordLlamaInference(table, tokenizer)
print(json.dumps(model.embed(json.loads(sys.stdin.read()), norm=True).tolist()))
"""


def found_at(monkeypatch: pytest.MonkeyPatch, spec: ModuleSpec | None) -> None:
    def find(name: str) -> ModuleSpec | None:
        return spec

    monkeypatch.setattr(module, "find_spec", find)


def test_the_vectors_are_those_of_the_package_itself() -> None:
    ours = asyncio.run(resolve_embedder("wordllama:256").embed(TEXTS))
    ran = subprocess.run(
        [sys.executable, "-c", THEIRS], input=json.dumps(TEXTS), check=True, capture_output=True, text=True
    )
    assert np.allclose(np.array(ours), np.array(json.loads(ran.stdout)), atol=1e-6)


def test_a_vector_does_not_depend_on_its_batch() -> None:
    embedder = resolve_embedder("wordllama:256")
    together = asyncio.run(embedder.embed(TEXTS * 30))
    for place, text in enumerate(TEXTS):
        assert asyncio.run(embedder.embed([text])) == [together[place]] == [together[-len(TEXTS) + place]]


def test_it_finds_what_shares_no_word() -> None:
    texts = ("The plane leaves from gate four.", "Reimbursements take three days.", "Bake the bread twice.")
    (hits,) = asyncio.run(nearest(["When do I get my refund?"], texts, 1, resolve_embedder("wordllama:256")))
    assert [texts[hit.index] for hit in hits] == [texts[1]]


def test_a_long_text_is_read_from_its_beginning() -> None:
    embedder = resolve_embedder("wordllama:256")
    long = "refund " * module.MAX_TEXT_CHARS
    (one, other) = asyncio.run(embedder.embed([long, long + "airport"]))
    assert cosine(one, other) == pytest.approx(1)


def test_its_logging_and_its_network_stay_away() -> None:
    code = (
        "import asyncio, logging, sys; from seasoned.retrieve.embedder import resolve_embedder;"
        "asyncio.run(resolve_embedder('wordllama:256').embed(['hi']));"
        "assert not {'wordllama', 'requests'} & set(sys.modules), 'imported'; assert not logging.root.handlers"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("size", ["64", "large", "-256", "²"])
def test_a_size_that_is_not_there_is_said(size: str) -> None:
    with pytest.raises(UsageError, match=r"no table of the size .* it has wordllama:256"):
        resolve_embedder(f"wordllama:{size}")


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found_at(monkeypatch, None)
    with pytest.raises(ConfigError, match="not installed") as error:
        resolve_embedder("wordllama:256")
    assert error.value.hint == 'pip install "seasoned[embeddings]"'


def test_files_that_are_not_what_they_were_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "l2_supercat_256.safetensors").write_bytes(b"nothing")
    spec = ModuleSpec("wordllama", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    found_at(monkeypatch, spec)
    with pytest.raises(ConfigError, match="cannot be read"):
        resolve_embedder("wordllama:256")

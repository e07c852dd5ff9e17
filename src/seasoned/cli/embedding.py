"""`seasoned exemplars embed`: the vectors by which exemplars are found by what they mean."""

from dataclasses import dataclass, replace

from cyclopts import Parameter

from seasoned.cli.output import emit_json, note
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.progress import learning
from seasoned.core.text import plural
from seasoned.errors import UsageError
from seasoned.pipeline.exemplars.embedding import Embedded, EmbedOptions, embed_exemplars
from seasoned.retrieve.embedder import Embedder, resolve_embedder


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class EmbedFlags:
    """By what, and what becomes of vectors that are there."""

    embedder: str | None = None
    """provider:model, such as wordllama:256, which needs no network; without it SEASONED_EMBEDDER."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and including /v1."""
    anew: bool = False
    """Embed every exemplar again, as when the model behind the name has changed."""
    prune: bool = False
    """Forget the vectors of all other embedders afterwards."""


def embed(*, flags: EmbedFlags | None = None, json: bool = False, place: Place | None = None) -> None:
    """Embed the exemplars that have no vector yet, or another text than it was made from.

    What is embedded is the problem of each exemplar with a word for its type in the place of each number of an order,
    date or address. Interrupted work goes on when the same command is given again. Another embedder's vectors stay.

    Args:
        flags: The embedder.
        json: Print one JSON document.
        place: Where to work.
    """
    flags = flags or EmbedFlags()
    with opened(place) as here:
        embedder = _embedder(here, flags)
        options = EmbedOptions(book=here.book, embedder=embedder, is_anew=flags.anew, is_pruning=flags.prune)
        with learning("embedding", "exemplars") as tell:
            embedded = embed_exemplars(here.store, replace(options, on_progress=tell))
    if json:
        emit_json(embedded)
    else:
        _say(embedded)


def _embedder(here: Open, flags: EmbedFlags) -> Embedder:
    embedder_id = flags.embedder or here.settings.embedder
    if embedder_id is None:
        raise UsageError(
            "no embedder was named", hint="give --embedder wordllama:256 or provider:model, or set SEASONED_EMBEDDER"
        )
    return resolve_embedder(embedder_id, base_url=flags.base_url or here.settings.base_url)


def _say(embedded: Embedded) -> None:
    if not embedded.n_exemplars:
        note(f"The bank of {embedded.book} is empty; `seasoned exemplars fill` proposes exemplars.")
    elif not embedded.n_embedded:
        have = plural(embedded.n_exemplars, "exemplar")
        note(f"Nothing to do: {have} can be found by their vectors by {embedded.embedder_id}.")
    else:
        new = plural(embedded.n_embedded, "vector")
        note(f"Made {new} by {embedded.embedder_id}; {plural(embedded.n_exemplars, 'exemplar')} can be found by them.")
    if embedded.n_dropped:
        note(f"Forgot {plural(embedded.n_dropped, 'vector')} of exemplars that are gone.")
    for embedder_id, n in embedded.pruned.items():
        note(f"Forgot {plural(n, 'vector')} by {embedder_id}.")

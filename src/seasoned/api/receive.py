"""The body of an OTLP export -> spans in the inbox, redacted before they touch the disk.

Raises `Refusal` for a body that is no export, and `StoreError`.
"""

from collections import Counter
from datetime import UTC, datetime

from pydantic import JsonValue

from seasoned.api.answers import JSON
from seasoned.api.intake import Refusal
from seasoned.core.value import storable
from seasoned.ingest.files.arrays import DECODER
from seasoned.ingest.narrow import as_object, compact_json
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.redaction.redact import redact, redact_json
from seasoned.ingest.spans.otlp import Export, is_otlp, read_json, read_request
from seasoned.ingest.spans.span import Span
from seasoned.store.store import Store
from seasoned.store.traces.inbox import Arrival

_HEX_CHARS = (32, 16)


class Receiver:
    """Takes exports for one store."""

    def __init__(self, store: Store, policy: Policy = SECRETS) -> None:
        """Ask the store for its salt once."""
        self._store, self._policy = store, policy
        self._salt = store.salt

    def take(self, body: bytes, content_type: str) -> tuple[int, str]:
        """Keep the spans of an export; when this returns, they are on disk.

        Returns:
            How many spans were refused, and why.

        Raises:
            Refusal: The body is no export.
        """
        export = decoded(body, content_type)
        spans = export.spans
        good = [span for span in spans if (len(span.trace_id), len(span.span_id)) == _HEX_CHARS]
        arrivals = [arrival for span in good if (arrival := self._arrival(span)) is not None]
        kept = self._store.inbox.keep(arrivals, datetime.now(UTC))
        reasons = (
            (len(spans) - len(good), "spans without a valid trace id and span id"),
            (export.n_bad + len(good) - len(arrivals), "spans that cannot be read, as they nest too deeply"),
            (kept.n_refused, "spans of traces that take no more: too many spans, too old, or erased"),
        )
        return sum(n for n, _ in reasons), "; ".join(f"{n} {why}" for n, why in reasons if n)

    def clean(self, text: str) -> str:
        """A text without its secrets."""
        return redact(text, self._salt, self._policy).text

    def _arrival(self, span: Span) -> Arrival | None:
        """The span as it is kept; None where it could not be read again."""
        try:
            body = self._body(span)
            Span.model_validate_json(body)
        except (ValueError, RecursionError):
            return None
        return Arrival(
            trace_id=span.trace_id,
            span_id=span.span_id,
            weight=_weight(span),
            is_root=span.parent_span_id is None and span.ended_at is not None,
            body=body,
        )

    def _body(self, span: Span) -> str:
        """The span as JSON without its secrets; its ids stay, as they tie it to others."""
        plain = as_object(span.model_dump(mode="json", exclude_defaults=True))
        ids = {name: plain.pop(name, None) for name in ("trace_id", "span_id", "parent_span_id")}
        safe = as_object(redact_json(plain, self._salt, Counter[str](), self._policy))
        kept: dict[str, JsonValue] = {name: value for name, value in ids.items() if value is not None}
        return str(storable(compact_json({**safe, **kept})))


def _weight(span: Span) -> int:
    """A report of a span that ended says more than any of one that has not."""
    return (1 << 30 if span.ended_at is not None else 0) + min(len(span.attributes) + len(span.events), 1 << 29)


def decoded(body: bytes, content_type: str) -> Export:
    """What is in one export in JSON or protobuf.

    Raises:
        Refusal: It is neither.
    """
    export = Export()
    try:
        if content_type != JSON:
            read_request(body, export)
            return export
        value: JsonValue = DECODER.decode(body.decode().strip() or "null")
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "the body is no OTLP export of spans") from error
    if value != {} and not is_otlp(value):
        raise Refusal(400, "no `resourceSpans` in the body")
    read_json(value, export)
    return export

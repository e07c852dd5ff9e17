"""Real emitters: OpenTelemetry's SDK and the instrumentations that agents use, against a stand-in for the model."""

import asyncio
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import openai
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer
from pydantic import JsonValue
from pydantic_ai import Agent, InstrumentationSettings
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from seasoned.core.trace import Trace
from tests.api.served import QUICK, Served, served, wait_until
from tests.llm.standin import StandIn, serving

pytestmark = pytest.mark.filterwarnings("ignore:Support for class-based `config`")
"""OpenLLMetry's own use of pydantic."""
LIMITS = QUICK.model_copy(update={"grace_s": 0.3})
FUNCTION: dict[str, Any] = {
    "name": "lookup_order",
    "description": "Find an order",
    "parameters": {"type": "object", "properties": {}},
}
QUESTION = "Where are W1 and W2?"
STEPS = [
    ("system", "You help."),
    ("user", QUESTION),
    ("tool_call", 'lookup_order({"order": "W1"})'),
    ("tool_call", 'lookup_order({"order": "W2"})'),
    ("tool_result", "shipped W1"),
    ("tool_result", "shipped W2"),
    ("assistant", "Both are on their way."),
]


class Instrumentor(Protocol):
    """What every instrumentation of OpenTelemetry can do."""

    def instrument(self, **options: Any) -> None: ...

    def uninstrument(self, **options: Any) -> None: ...


def openinference() -> Instrumentor:
    from openinference.instrumentation.openai import OpenAIInstrumentor

    return cast("Instrumentor", OpenAIInstrumentor())


def openllmetry() -> Instrumentor:
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    return cast("Instrumentor", OpenAIInstrumentor())


EMITTERS = {"OpenInference": openinference, "OpenLLMetry": openllmetry}


def run_agent(standin: StandIn, tracer: Tracer | None) -> None:
    """An agent's loop with the real client: two calls of a tool, then an answer; with a tracer a span is around it."""
    client = openai.OpenAI(base_url=standin.url, api_key="none", max_retries=0)
    standin.content, standin.tool_calls = None, [("lookup_order", json.dumps({"order": name})) for name in ("W1", "W2")]
    messages: list[Any] = [{"role": "system", "content": "You help."}, {"role": "user", "content": QUESTION}]
    tools: list[Any] = [{"type": "function", "function": FUNCTION}]
    with nullcontext() if tracer is None else tracer.start_as_current_span("agent"):
        while True:
            reply = client.chat.completions.create(model="stand-in-1", messages=messages, tools=tools)
            message = reply.choices[0].message
            messages.append(message.model_dump(exclude_none=True))
            if not message.tool_calls:
                break
            for call in message.tool_calls:
                arguments = json.loads(cast("Any", call).function.arguments)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": f"shipped {arguments['order']}"})
            standin.content, standin.tool_calls = "Both are on their way.", []
    client.close()


@contextmanager
def instrumented(make: Callable[[], Instrumentor], provider: TracerProvider) -> Generator[Tracer]:
    instrumentor = make()
    instrumentor.instrument(tracer_provider=provider)
    try:
        yield provider.get_tracer("tests")
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def check(trace: Trace) -> None:
    assert [(step.kind, step.text) for step in trace.steps] == STEPS
    assert [step.pair for step in trace.steps[2:6]] == [4, 5, 2, 3]
    assert (trace.model, trace.tools) == ("stand-in-1", ("lookup_order",))
    assert (trace.usage.input_tokens, trace.usage.output_tokens) == (200, 40)
    assert trace.started_at is not None
    assert all(step.at for step in trace.steps)


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
@pytest.mark.parametrize("emitter", EMITTERS)
def test_an_instrumented_agent_is_received_over_otlp(tmp_path: Path, emitter: str, compression: Compression) -> None:
    with served(tmp_path, token="t", limits=LIMITS) as server, serving() as standin:
        exporter = OTLPSpanExporter(
            endpoint=f"{server.url}/v1/traces",
            headers={"Authorization": "Bearer t"},
            compression=compression,
            timeout=20,
        )
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with instrumented(EMITTERS[emitter], provider) as tracer:
            run_agent(standin, tracer)
        (trace,) = server.traces(1)
        check(trace)
        assert_feedback_by_the_emitters_id(server, trace)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_the_same_spans_as_json_give_the_same_run(tmp_path: Path, emitter: str) -> None:
    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    with serving() as standin, instrumented(EMITTERS[emitter], provider) as tracer:
        run_agent(standin, tracer)
    spans = memory.get_finished_spans()
    assert "agent" in [span.name for span in spans], "the emitter's spans did not come, or not the root"
    body: JsonValue = cast("JsonValue", MessageToDict(encode_spans(spans)))
    with served(tmp_path, limits=LIMITS) as server:
        assert server.post("/v1/traces", body).status == 200
        (trace,) = server.traces(1)
        check(trace)


def test_an_agent_without_a_span_around_its_loop_is_one_run_too(tmp_path: Path) -> None:
    # OpenLLMetry leaves wrappers behind when it is taken out: their spans go nowhere, and the root is never seen.
    with served(tmp_path, limits=LIMITS.model_copy(update={"idle_s": 0.3})) as server, serving() as standin:
        provider = TracerProvider()
        provider.add_span_processor(
            SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{server.url}/v1/traces", timeout=20))
        )
        with instrumented(openinference, provider):
            run_agent(standin, None)
        wait_until(lambda: any(len(trace.steps) == len(STEPS) for trace in server.store.traces.iterate()))
        wait_until(lambda: server.store.inbox.n_waiting() == 0)
        (trace,) = server.traces(1)
        check(trace)


@pytest.mark.filterwarnings("ignore:Instrumentation format versions")
@pytest.mark.parametrize("version", [2, 5])
def test_an_agent_of_pydantic_ai_is_received(tmp_path: Path, version: Literal[2, 5]) -> None:
    provider = TracerProvider()
    with served(tmp_path, limits=LIMITS) as server, serving() as standin:
        provider.add_span_processor(
            SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{server.url}/v1/traces", timeout=20))
        )
        standin.content, standin.tool_calls = None, [("lookup_order", '{"order": "W1"}')]

        def lookup_order(order: str) -> str:
            standin.content, standin.tool_calls = "On its way.", []
            return f"shipped {order}"

        async def run() -> None:
            async with openai.AsyncOpenAI(base_url=standin.url, api_key="none", max_retries=0) as client:
                model = OpenAIChatModel("stand-in-1", provider=OpenAIProvider(openai_client=client))
                settings = InstrumentationSettings(tracer_provider=provider, version=version)
                agent = Agent(model, name="desk", system_prompt="You help.", tools=[lookup_order],
                              capabilities=[Instrumentation(settings=settings)])  # fmt: skip
                await agent.run("Where is W1?")

        asyncio.run(run())
        provider.shutdown()
        (trace,) = server.traces(1)
    assert [(step.kind, step.text) for step in trace.steps] == [
        ("system", "You help."),
        ("user", "Where is W1?"),
        ("tool_call", 'lookup_order({"order": "W1"})'),
        ("tool_result", "shipped W1"),
        ("assistant", "On its way."),
    ]
    assert (trace.agent, trace.usage.input_tokens) == ("desk", 200)


def assert_feedback_by_the_emitters_id(server: Served, trace: Trace) -> None:
    said = {"trace_id": trace.source.run_key, "success": True}
    answer = server.post("/v1/feedback", said, Authorization="Bearer t")
    assert answer.json() == {"traces": [trace.id]}
    assert server.store.traces.get(trace.id).verdict is True

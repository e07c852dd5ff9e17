"""One small document of each built-in format; a new format adds its own."""

from tests.ingest.formats.sessions import SESSIONS, written

EXAMPLES = {
    "agentbench": '{"index": 0, "output": {"status": "completed", "result": null, "history": '
    '[{"role": "user", "content": "hi"}, {"role": "agent", "content": "hello"}]}}',
    "agentdojo": '{"suite_name": "a", "user_task_id": "b", "messages": [{"role": "user", "content": "hi"}]}',
    "anthropic_managed_agent": '["2026-05-01T10:00:00Z", {"type": "agent.message", "content": "hi"}]\n'
    '["2026-05-01T10:00:01Z", {"type": "session.status_idle"}]',
    "anthropic_messages": '{"type": "message", "role": "assistant", "stop_reason": "end_turn", "content": '
    '[{"type": "text", "text": "hi"}]}',
    "autogen": '{"messages": [{"source": "user", "content": "hi", "type": "TextMessage"}], "stop_reason": ""}',
    "autogen_console": "a (to b):\n\nhi\n\nb (to a):\n\nhello\n",
    "chatgpt_export": '[{"mapping": {"1": {"parent": null, "message": {"author": {"role": "user"}, '
    '"content": {"parts": ["hi"]}}}}}]',
    "claude_export": '[{"chat_messages": [{"sender": "human", "text": "hi"}]}]',
    "bedrock_converse": '{"modelId": "m", "messages": [{"role": "user", "content": [{"text": "hi"}]}]}',
    "browser_use": '{"history": [{"model_output": {"action": [{"wait": {}}]}, "result": [{}], "state": {}}]}',
    "crewai": '[{"timestamp": "2026-01-01", "task": "go", "agent": "A", "status": "started"}]',
    "gemini_contents": '{"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}',
    "gemini_cli": '{"sessionId": "s", "projectHash": "p", "messages": [{"id": "1", "type": "user", "content": "hi"}]}',
    "gemini_stream": '{"method": "generateContent", "response": {"candidates": [{"finishReason": "SAFETY"}]}}',
    "google_adk": '{"events": [{"invocation_id": "1", "author": "user", "content": {"parts": [{"text": "hi"}]}}]}',
    "inspect_eval": '{"version": 2, "status": "success", "eval": {"task": "t"}, "samples": [{"id": 1, "input": "hi"}]}',
    "jaeger_json": '{"traceID": "1", "spans": [{"spanID": "2", "tags": [{"key": "gen_ai.prompt", "value": "hi"}]}]}',
    "langfuse_export": '{"trace": {"id": "1", "input": "hi"}, "observations": []}',
    "langsmith_runs": '{"id": "1", "run_type": "llm", "inputs": {"input": "hi"}}',
    "mlflow_traces": '{"info": {"trace_id": "1"}, "data": {"spans": [{"attributes": {"mlflow.spanInputs": "[1]"}}]}}',
    "openai_agents_runstate": '{"$schemaVersion": "1.0", "current_agent": {"name": "a"}, "original_input": "hi"}',
    "openai_chat": '{"messages": [{"role": "user", "content": "hi"}]}',
    "openai_responses": '{"object": "response", "output": [{"type": "function_call", "name": "f", "arguments": "{}"}]}',
    "otlp_json": '{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": {"gen_ai.prompt": "hi"}}]}]}]}',
    "otlp_protobuf": "\n8\x126\x124\n\x10a trace of agent\x12\x08one spanJ\x16\n\rgen_ai.prompt\x12\x05\n\x03hi!",
    "phoenix_spans": '{"context": {"trace_id": "1", "span_id": "2"}, "attributes": {"gen_ai.prompt": "hi"}}',
    "react_text": "Question: who?\nThought 1: x\nAction 1: Finish[x]\nObservation 1: Answer is CORRECT\n",
    "reflexion_code": '{"task_id": "t", "prompt": "def f():", "solution": "pass", "is_solved": true}',
    "reflexion_results": '[{"name": "env_0", "memory": [], "is_success": true}]',
    "reflexion_text": "Environment #0:\nHere is the task:\ngo\n> go on\nYou went.\n\nSTATUS: OK\n",
    "service_spans": '{"span_id": "1", "root_span_id": "1", "span_attributes": {"type": "llm"}, "input": "hi"}',
    "table": "conversation_id,role,content\n1,user,hi\n1,assistant,hello\n",
    "tau2_bench": '{"task_id": 1, "termination_reason": "user_stop", "messages": [{"role": "user", "content": "hi"}]}',
    "tau_bench": '[{"task_id": 1, "reward": 1.0, "info": {}, "traj": [{"role": "user", "content": "hi"}], "trial": 0}]',
    "toolbench_answer": '{"win": false, "answer_generation": {"query": "hi", "finish_type": "give_up"}}',
    "transcript": "## User\nhi\n## Assistant\nhello\n",
    "vcr_cassette": 'interactions:\n- request: {body: {"messages": [{"role": user, "content": hi}]}}\n  response: {}\n',
    "webvoyager": '[{"role": "user", "content": "Go. Observation: a page"}, '
    '{"role": "assistant", "content": "Thought: x\\nAction: Click [5]"}]',
    "who_and_when": '{"history": [{"role": "human", "content": "hi"}], "mistake_agent": "A", "mistake_step": "1"}',
    "zipkin_json": '{"traceId": "1", "id": "2", "duration": 3, "tags": {"gen_ai.prompt": "hi"}}',
    **{name: written(name, session) for name, session in SESSIONS.items() if name != "openclaw_telemetry"},
}
"""By name. The telemetry's session is left out: it gives two runs, where these give one each."""

"""The learning cycle: runs leave findings, a person promotes, demotes and edits, and what stands makes the next plan.

    python examples/learning_cycle.py

runs offline and without a key, as the model's answers are scripted below. With a model that answers itself, such as
`openai:gpt-5`, and an agent's own traces, `cycle` stays as it is.
"""

import seasoned

TASK = "Please refund my bicycle, order B-17."


def cycle(book: seasoned.Book, model: str | seasoned.Model) -> str:
    """One turn of the cycle; returns a plan for the next run of the task."""
    book.learn(model=model, budget="2 usd, 50 calls")
    useful, vague, doubtful = book.skills("proposed")
    book.approve(useful, vague, doubtful, reason="they hold in the runs that they quote")  # promote
    book.retire(doubtful, reason="the apology upset two customers")  # demote
    book.edit(vague, "When a refund is refused, name the day on which the 30 days ended.")  # edit
    prompt = book.compile("You are the desk agent of a bicycle shop.")
    book.promote("production", prompt, unproven="first version")
    return book.plan(TASK, model)  # reflect on what was promoted


def leave_runs(book: seasoned.Book) -> None:
    """Two runs of one task as an agent leaves them: one that looked first and passed, one that did not."""
    call = {"id": "1", "type": "function", "function": {"name": "get_order", "arguments": '{"order": "B-17"}'}}
    look = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "delivered 40 days ago"},
        {"role": "assistant", "content": "The 30 days are over, so I cannot refund it."},
    ]
    leap = [{"role": "assistant", "content": "I am so very sorry! Done, it is refunded."}]
    for messages, score in ((look, 1.0), (leap, 0.0)):
        with book.run(TASK, base="You are the desk agent of a bicycle shop.") as run:
            asked = [{"role": "system", "content": run.prompt}, {"role": "user", "content": run.task}]
            run.finish([*asked, *messages], score=score)


REFLECTION = """
```python
bad, good = [[t for t in traces if t.verdict == verdict][0] for verdict in ("failed", "passed")]
seen = [cite(bad, bad.steps[-1], "it is refunded"), cite(good, good.calls("get_order")[0].step, "get_order")]
sorry = [cite(bad, bad.steps[-1], "I am so very sorry!")]
refused = [cite(good, good.steps[-1], "The 30 days are over")]

def finding(claim, evidence, text):
    skill = {"text": text, "section": "refunds"}
    return {"claim": claim, "kind": "missing step", "confidence": 0.9, "evidence": evidence, "skill": skill}

submit([
    finding("It refunds unseen.", seen, "When a refund is asked for, call get_order before anything is promised."),
    finding("It apologises for nothing.", sorry, "Begin every answer with an apology."),
    finding("A refusal says why.", refused, "If the answer is no, be clear."),
])
```"""
PLAN = """{"steps": [
    {"do": "Call get_order for B-17 and read the day of delivery.", "skills": [1]},
    {"do": "If the 30 days are over, refuse and name the day on which they ended.", "skills": [2]}
]}"""


def scripted(request: seasoned.Request) -> str:
    """What a model would answer, in this example."""
    is_plan = request.output is not None and request.output.name == "steps"
    return PLAN if is_plan else REFLECTION


if __name__ == "__main__":
    with seasoned.open(":memory:", author="ada") as workspace:
        desk = workspace.skillbook("desk")
        leave_runs(desk)
        print(cycle(desk, seasoned.TestModel(scripted)))

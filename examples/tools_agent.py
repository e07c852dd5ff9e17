"""An agent as a program that works with a suite's tools, with nothing but the standard library.

    seasoned eval run returns_desk -- python examples/tools_agent.py

It follows three rules where yours asks a model. Each tool is called by a POST of its arguments to `tools_url`, a slash
and its name; what is wrong with a call stands in the result, as a model would read it.
"""

import json
import re
import sys
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

ASKED: dict[str, Any] = json.load(sys.stdin)
HERE = build_opener(ProxyHandler({}))
"""Tools are on this machine, so no proxy of the environment is asked."""


def call(name: str, **arguments: str) -> dict[str, Any]:
    """What a tool of the suite answers; the returns desk's tools answer in JSON."""
    headers = {"Content-Type": "application/json"}
    request = Request(f"{ASKED['tools_url']}/{name}", json.dumps(arguments).encode(), headers)  # noqa: S310
    with HERE.open(request, timeout=60) as response:
        return json.loads(json.load(response)["result"])


def worked(ticket: str) -> str:
    """The words to the customer, once all is done."""
    found = re.search(r"Order (R\d+)", ticket)
    order = found[1] if found else ""
    if "IN TRANSIT" in ticket:
        day = call("track_parcel", order_id=order).get("expected_delivery")
        return f"Your order is expected on {day}."
    if "NOT SHIPPED" in ticket:
        reference = call("cancel_order", order_id=order).get("reference")
        return f"Your order is cancelled, reference {reference}."
    refunded = call("issue_refund", order_id=order, method="original_payment").get("refunded")
    return f"You get {refunded} back."


print(json.dumps({"answer": worked(ASKED["task"]["text"])}))

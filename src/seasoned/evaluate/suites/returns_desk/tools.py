"""The desk's database and the tools that read and change it.

A `Desk` works on its own copy of the database, so runs never see each other. The module knows nothing of
models, tickets or rewards. A call never raises: whatever is wrong with it comes back as a JSON result
with an `error`.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seasoned.llm.model import ToolSpec

Database = dict[str, Any]
Result = dict[str, Any]


class ToolError(Exception):
    """A call that the desk refuses; its text is what the model reads."""


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


OrderId = Annotated[str, Field(description="like R1001", max_length=40)]


class OnOrder(_Arguments):
    """Arguments of the tools that need only an order."""

    order_id: OrderId


class IssueRefund(_Arguments):
    """Arguments of `issue_refund`."""

    order_id: OrderId
    method: Literal["original_payment", "store_credit"]
    fee_percent: Annotated[Literal[0, 5, 15, 25], Field(description="restocking fee")] = 0


class CreateExchange(_Arguments):
    """Arguments of `create_exchange`."""

    order_id: OrderId
    size: Literal["XS", "S", "M", "L", "XL"]


class Escalate(_Arguments):
    """Arguments of `escalate`."""

    order_id: OrderId
    team: Literal["carrier", "workshop", "supervisor"]


class DeclineRequest(_Arguments):
    """Arguments of `decline_request`."""

    order_id: OrderId
    reason: Literal["final_sale", "window_closed", "hygiene", "price_drop"]


@dataclass(frozen=True)
class _Tool:
    description: str
    arguments: type[_Arguments]
    run: Callable[[Database, Any], Result]


def _order(database: Database, order_id: str) -> dict[str, Any]:
    order = database["orders"].get(order_id)
    if order is None:
        raise ToolError(f"no order {order_id}")
    return order


def _write(database: Database, kind: str, arguments: _Arguments) -> str:
    """Store a write under its order and kind; returns the reference of the new record."""
    fields = arguments.model_dump()
    order_id = fields.pop("order_id")
    _order(database, order_id)
    writes = database["writes"].setdefault(order_id, {})
    if kind in writes:
        raise ToolError(f"{kind} was already done for {order_id}")
    writes[kind] = fields
    return f"{_PREFIXES[kind]}-{order_id[1:]}"


_PREFIXES: Mapping[str, str] = {
    "issue_refund": "RF",
    "send_replacement": "RP",
    "create_exchange": "EX",
    "cancel_order": "CN",
    "escalate": "ES",
    "decline_request": "DC",
}


def _track_parcel(database: Database, arguments: OnOrder) -> Result:
    order = _order(database, arguments.order_id)
    if order["status"] != "in transit":
        raise ToolError(f"{arguments.order_id} is {order['status']}, there is nothing to track")
    return {"expected_delivery": order["expected"]}


def _issue_refund(database: Database, arguments: IssueRefund) -> Result:
    order = _order(database, arguments.order_id)
    reference = _write(database, "issue_refund", arguments)
    cents = round(order["price"] * 100) * (100 - arguments.fee_percent) // 100
    return {"refunded": f"${cents / 100:.2f}", "to": arguments.method, "reference": reference}


def _send_replacement(database: Database, arguments: OnOrder) -> Result:
    return {"replacement": "on its way", "reference": _write(database, "send_replacement", arguments)}


def _create_exchange(database: Database, arguments: CreateExchange) -> Result:
    if _order(database, arguments.order_id)["category"] != "clothing":
        raise ToolError("only clothing has sizes to exchange")
    return {"new_size": arguments.size, "reference": _write(database, "create_exchange", arguments)}


def _cancel_order(database: Database, arguments: OnOrder) -> Result:
    order = _order(database, arguments.order_id)
    if order["status"] != "not shipped":
        raise ToolError(f"{arguments.order_id} has left the warehouse and cannot be cancelled")
    return {"cancelled": arguments.order_id, "reference": _write(database, "cancel_order", arguments)}


def _escalate(database: Database, arguments: Escalate) -> Result:
    return {"passed_to": arguments.team, "reference": _write(database, "escalate", arguments)}


def _decline_request(database: Database, arguments: DeclineRequest) -> Result:
    return {"declined": arguments.reason, "reference": _write(database, "decline_request", arguments)}


_TOOLS: Mapping[str, _Tool] = {
    "track_parcel": _Tool("Find the day on which a parcel is expected.", OnOrder, _track_parcel),
    "issue_refund": _Tool("Refund an order.", IssueRefund, _issue_refund),
    "send_replacement": _Tool("Send the same item again.", OnOrder, _send_replacement),
    "create_exchange": _Tool("Exchange clothing for another size.", CreateExchange, _create_exchange),
    "cancel_order": _Tool("Cancel an order that has not shipped.", OnOrder, _cancel_order),
    "escalate": _Tool("Pass the case to another team.", Escalate, _escalate),
    "decline_request": _Tool("Record that a request is declined.", DeclineRequest, _decline_request),
}


def tool_specs() -> tuple[ToolSpec, ...]:
    """The tools as a model is told of them, in a fixed order."""
    return tuple(
        ToolSpec(name=name, description=tool.description, parameters=_schema(tool.arguments))
        for name, tool in _TOOLS.items()
    )


def _schema(arguments: type[_Arguments]) -> dict[str, Any]:
    """A JSON schema kept short, because a small model reads it on every call."""
    full = arguments.model_json_schema()
    kept = ("type", "enum", "description")
    return {
        "type": "object",
        "properties": {
            name: {key: field[key] for key in kept if key in field} for name, field in full["properties"].items()
        },
        "required": full["required"],
    }


class Desk:
    """One run's copy of the database and the only way to change it."""

    def __init__(self, database: Database) -> None:
        """Copy `database`; the original is never changed."""
        self._database = copy.deepcopy(database)

    def call(self, name: str, arguments: str) -> str:
        """Run one tool.

        Args:
            name: The tool's name, perhaps invented by a model.
            arguments: JSON text of the arguments object, perhaps malformed.

        Returns:
            JSON text of the result; on any mistake an object with the one key `error`.
        """
        try:
            result = self._run(name, arguments)
        except ToolError as error:
            result = {"error": str(error)}
        return json.dumps(result, ensure_ascii=False)

    def _run(self, name: str, arguments: str) -> Result:
        tool = _TOOLS.get(name)
        if tool is None:
            raise ToolError(f"no tool named {name[:60]!r}; tools: {', '.join(_TOOLS)}")
        return tool.run(self._database, _read_arguments(tool, arguments))

    def snapshot(self) -> Database:
        """A copy of the database as it stands now."""
        return copy.deepcopy(self._database)


def _read_arguments(tool: _Tool, text: str) -> _Arguments:
    try:
        fields: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ToolError("arguments are not valid JSON") from error
    if not isinstance(fields, dict):
        raise ToolError("arguments must be a JSON object")
    try:
        return tool.arguments.model_validate(cast("dict[str, Any]", fields))
    except ValidationError as error:
        raise ToolError(_explain(error)) from error


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "arguments"
    return f"{where}: {first['msg']}"[:200]

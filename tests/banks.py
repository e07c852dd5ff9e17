"""Banks of exemplars that tests find examples in."""

from seasoned.core.exemplar import Exemplar, ExemplarStatus
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.store.store import Store
from tests.cases import case_of
from tests.learn.building import calls, returns, run, says, user

REFUND = run(
    user("Please refund order W1001, it came broken."),
    calls("get_order", order="W1001"),
    returns('{"delivered": "2026-03-01"}'),
    calls("refund_order", order="W1001"),
    returns("refunded"),
    says("The money is on its way."),
    task="refund a broken order",
    verdict=True,
)
ADDRESS = run(
    user("Please send order W1002 to another address."),
    calls("set_address", order="W1002"),
    returns("changed"),
    says("It goes to the new address now."),
    task="change an address",
    verdict=True,
)
FLIGHT = run(
    user("When does my flight to Paris leave?"), says("At nine in the morning."), task="ask for a flight", verdict=True
)
RUNS = (REFUND, ADDRESS, FLIGHT)


def bank(store: Store, *runs: Trace, status: ExemplarStatus = "approved", book: str = "default") -> list[Exemplar]:
    """The runs, or all of `RUNS`, stored and in the bank."""
    chosen = runs or RUNS
    store.traces.add([Parsed(trace=trace) for trace in chosen])
    exemplars = [case_of(trace, status=status).exemplar.model_copy(update={"source": "verifier"}) for trace in chosen]
    store.exemplars.add(book, exemplars)
    return exemplars

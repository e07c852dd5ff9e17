"""Pairs of wordings, for what must become one skill and what never may."""

JOINED_BY_WORDS = [
    (
        "When the return window is over, refuse the refund and offer store credit.",
        "Refuse the refund and offer store credit when the return window is over.",
    ),
    (
        "When the return window is over, refuse the refund and offer store credit.",
        "If the return window has expired, then politely decline the refund and offer a store credit.",
    ),
    (
        "When a customer reports damage, call send_replacement with the order_id and tell them the reference.",
        "If the client reports a damage, call send_replacement with the order_id, then inform them of the reference.",
    ),
    (
        "When the order is not found, check the order number with the customer before you cancel.",
        "If an order isn't found, verify the order number with the user before cancelling.",
    ),
    ("Never refund orders after thirty days.", "Never refund an order after 30 days."),
]
"""One rule, and so plainly that no model is needed."""

JOINED_BY_MODEL = [
    (
        "When the return window of 30 days is over, refuse the refund and offer store credit.",
        "Before refunding, look at the delivery date; with more than 30 days gone, give store credit, not a refund.",
    ),
    (
        "When a flight is basic economy, tell the customer that it cannot be changed and offer to cancel it.",
        "Basic economy flights cannot be changed: when a customer asks, say so and offer a cancellation.",
    ),
    (
        "When get_order returns no order, ask the customer for the order number again before anything else.",
        "When get_order finds nothing, ask for the right order number again; do not guess.",
    ),
    (
        "When the customer wants several changes, collect all of them and make one call of modify_items.",
        "Call modify_items only once per order: collect every change that the customer wants first.",
    ),
    (
        "When update_reservation fails with a payment error, ask for another payment method on file and call it again.",
        "When update_reservation returns a payment error, call it again with another payment method on file.",
    ),
]
"""One rule, in words that only a model can tell; near enough to be asked about."""

KEPT_APART = [
    ("Never refund after 30 days.", "Always refund after 30 days."),
    ("Refund after 30 days.", "Never refund after 30 days."),
    ("Refuse a refund after 30 days.", "Approve a refund after 30 days."),
    ("When 30 days have passed, refuse the refund.", "When 60 days have passed, refuse the refund."),
    ("When asked, call refund_order with the order_id.", "When asked, call cancel_order with the order_id."),
    ("When asked, first refund, then cancel the order.", "When asked, first cancel, then refund the order."),
    ("Check the order before you refund it.", "Check the order after you refund it."),
    ("When the customer wants a refund, offer credit.", "When the gold customer wants a refund, offer credit."),
    ("Only refund unopened items.", "Refund unopened items."),
    ("When the flag is GIFT, refund to store credit.", "When the flag is LATE, refund to store credit."),
    ("Give the note of the agent to the customer.", "Give the note of the customer to the agent."),
    ("Refund orders under $50.", "Refund orders over $50."),
    ("Refund orders with total < 50.", "Refund orders with total > 50."),
    ('Answer "yes" when asked.', 'Answer "no" when asked.'),
]
"""Look-alikes: never one skill, whoever says so for the first five."""

OPPOSED = [KEPT_APART[0], KEPT_APART[1], KEPT_APART[2], KEPT_APART[3]]

FAR = [
    (
        "When the return window is over, refuse the refund and offer store credit.",
        "When a flight is basic economy, tell the customer that it cannot be changed.",
    ),
    (
        "When get_order returns no order, ask the customer for the order number again.",
        "When the customer wants several changes, collect all of them and make one call of modify_items.",
    ),
    (
        "When a page does not load within 10 seconds, reload it once and go on with the next link.",
        "When tests fail after an edit, run the failing test alone and read its traceback before editing again.",
    ),
    (
        "When a customer asks for a human, call transfer_to_human_agents after trying the policy's steps.",
        "When a customer asks to change the passenger count, say that it cannot be changed after booking.",
    ),
]
"""Different matters: no model is asked."""

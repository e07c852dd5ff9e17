"""What a tool's name and a user's words say about intent, by word lists alone.

Rules of thumb, in English apart from a few short words of assent in other languages: a name or a sentence outside the
lists says nothing. Knows nothing of traces. Raises nothing.
"""

import re
from itertools import pairwise


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_WRITE_WORDS = _set(
    """
    add approve assign book buy cancel change charge close commit create delete deploy disable drop edit email enable
    exchange execute grant insert issue merge modify move order patch pay place post publish purchase put refund remove
    rename reply reschedule reserve reset return revoke schedule send set submit suspend terminate transfer unsubscribe
    update upgrade upload upsert wire withdraw write
    """
)

_READ_WORDS = _set(
    """
    calculate check compute count describe fetch find get inspect is list load look lookup preview query read retrieve
    search show status think validate verify view
    """
)

_NOUN_OR_VERB = _set("book charge email exchange issue order post purchase refund return schedule transfer")
"""Words that name a thing as often as an act: beside a reading word they name the thing, as in `order_lookup`."""

_HANDOFF_WORDS = frozenset({"escalate", "escalation", "handoff", "handover"})
_PEOPLE = _set(
    """
    human humans agent agents person people representative operator supervisor specialist support staff team department
    """
)
_CONTACT_WORDS = frozenset({"transfer", "connect", "contact", "route", "request", "call", "ask", "forward", "hand"})
_MONEY_WORDS = frozenset({"account", "bank", "savings", "checking", "wallet", "funds", "money", "balance"})

_ENDING_WORDS = frozenset(
    {"finish", "finished", "submit", "done", "complete", "exit", "final", "answer", "end", "stop"}
)

_ASSENT = re.compile(
    r"\b(?:yes|yeah|yep|yup|ya|sure|ok|okay|confirm(?:ed|ing)?|agreed?|approved?|absolutely|definitely|certainly"
    r"|proceed|go ahead|please do|do (?:it|that|so)|carry on|sounds? (?:good|great|fine|right|perfect)"
    r"|(?:looks?|is|are|seems?|that's|all|everything's) (?:\w+ )?(?:good|great|correct|fine|right|perfect|acceptable)"
    r"|works for me|that (?:works|will work)|that'?s (?:it|okay|ok)|correct|perfect|let'?s (?:do|go|use|proceed)"
    r"|i(?:'ll| will) (?:take|go with|use)|make (?:that|the|those|these) changes?"
    r"|oui|si|sí|sim|ja|да|хорошо)\b|是|好的|可以|确认|はい|네",
    re.IGNORECASE,
)

_REFUSAL = re.compile(
    r"^\W*(?:no|nope|nah|wait|stop|nein|non|нет)\b(?! problem| worries)"
    r"|\b(?:do not|don'?t|not|never) (?:yet )?(?:want (?:you )?to )?"
    r"(?:proceed|go ahead|confirm|agree|do (?:it|that))\b",
    re.IGNORECASE,
)


def name_words(tool: str) -> tuple[str, ...]:
    """The words of a tool's name in lower case: `updateOrder_v2` gives update, order, v, 2."""
    return tuple(word.lower() for word in _WORDS.findall(tool))


def only_reads(tool: str) -> bool:
    """Whether a tool's name reads as looking something up or thinking, such as `get_order`; in doubt it does not."""
    words = name_words(tool)
    return any(word in _READ_WORDS for word in words) and not changes_state(tool) and not is_handoff(tool)


def changes_state(tool: str) -> bool:
    """Whether a tool's name reads as an act that changes something, such as `cancel_reservation`."""
    words = name_words(tool)
    if not words or is_handoff(tool):
        return False
    reads = any(word in _READ_WORDS for word in words)
    if words[0] in _WRITE_WORDS:
        return not (reads and words[0] in _NOUN_OR_VERB)
    return not reads and any(word in _WRITE_WORDS for word in words)


def is_handoff(tool: str) -> bool:
    """Whether a tool's name reads as giving the conversation to a person or to another agent."""
    words = name_words(tool)
    if _HANDOFF_WORDS.intersection(words) or ("hand", "off") in pairwise(words):
        return True
    if _MONEY_WORDS.intersection(words):
        return False
    if ("transfer", "to") in pairwise(words):
        return True
    return bool(_CONTACT_WORDS.intersection(words) and _PEOPLE.intersection(words))


def ends_run(tool: str) -> bool:
    """Whether a run may rightly end with this call: a handoff, or a name such as `submit` or `final_answer`."""
    return is_handoff(tool) or bool(_ENDING_WORDS.intersection(name_words(tool)))


def assents(message: str) -> bool:
    """Whether a user's message agrees to something: it holds a word of assent and does not begin with a refusal."""
    plain = message.replace("\u2019", "'")
    return _ASSENT.search(plain) is not None and _REFUSAL.search(plain) is None

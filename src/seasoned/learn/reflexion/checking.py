"""Whether what a model wrote is a plan for the next attempt. Heuristics, each stated where it stands.

What a reflection may not be: empty, a bare value, the answer to the task, something that names the reference answer, a
text in another script than the task's. Where a heuristic cannot tell, such as whether a text in another language than
English is a plan, nothing is refused. Pure; raises nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from seasoned.core.trace import Trace
from seasoned.learn.injected import plain_words

MIN_WORDS = 6
"""Of a plan; in scripts without spaces each character is a word."""
MIN_LETTERS = 20
"""Of a text whose script can be told."""
MAIN_SHARE = 0.8
"""Of its letters that are in one script."""
LEAST_ENGLISH = 3
"""Different words of `_ENGLISH` from which on a text is taken for English."""
MIN_NAMED_CHARS = 3
"""A shorter answer, such as `7` or `no`, stands in many plans that do not give it away."""

_ENGLISH = frozenset(
    "the and of to is was are it that this for not with i my by in on before after then should will".split()
)
_INTENT = re.compile(
    r"\b(?:i|we|you)(?:['’]ll| (?:will|should|must|would|can|could|need to|have to|ought to|plan to|am going to))\b"
    r"|\b(?:next (?:time|trial|attempt|try)|instead|rather than|make sure|be sure|remember to|never|avoid|do not|don['’]t"
    r"|needs? to be|should (?:be|have)|must be|has to be)\b",
    re.IGNORECASE,
)
_IMPERATIVE = frozenset(
    """add answer ask begin break browse build call change check choose clean click close compare compute confirm
    consider count cover create define do divide double enter examine explore fetch fill filter find finish first fix
    focus follow get give go guard handle identify implement include initialize initialise inspect iterate keep list
    look loop make move narrow navigate note open pass pick plan prefer put query re-read read refine remove repeat
    replace reread restart retry return run save scroll search select send set show skip sort split start state stop
    store submit switch take test think track traverse treat try turn type update use validate verify visit wait walk
    watch write""".split()
)
_LEADING = re.compile(r"^(?:[\W\d_]|(?:first|second|then|next|finally|also|and|so|after that|step)\b)+", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;:\n]+\s*|,\s*(?=then\b)")
_ANSWERS = re.compile(r"^\W*(?:(?:the|my)\s+)?(?:final\s+|correct\s+)?answer\s*(?:is\b|:)|^\W*(?:finish|submit)\s*[\[(]", re.I)
_STATED = re.compile(
    r"\b(?:correct|expected|right|reference|gold|true|desired)\s+(?:answer|output|value|result)s?\s*"
    r"(?:is|was|are|were|should (?:be|have been)|=|:)+\s*[\"'“‘«]?([^\n.;,\"'”’»]{1,200})",
    re.IGNORECASE,
)
_ONE_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}


def plan_problem(text: str, trace: Trace, *, withheld: Sequence[str] = (), max_words: int = 200) -> str:
    """Why this is no plan for another attempt at the trace's task; empty if nothing speaks against it.

    Args:
        text: What the model wrote.
        trace: The failed attempt.
        withheld: What no plan may name, such as the reference answer, where it is known here.
        max_words: A longer text is not short.
    """
    n_words = len(plain_words(text).split())
    if not n_words:
        return "it is empty"
    if n_words < MIN_WORDS:
        return f"{n_words} words are a value or a title, not a plan: say what to do next time, step by step"
    if n_words > max_words:
        return f"it has {n_words} words; at most {max_words} were asked for"
    if _ANSWERS.search(text) or _is_answer_of(text, trace):
        return "it answers the task, or says what the attempt answered; it has to say how to go about it next time"
    if named := _named(text, trace, withheld):
        return f"it names the reference answer, {named!r}, which no plan may"
    if (mine := script_of(text)) and (asked := script_of(trace.task.text)) and mine != asked:
        return f"it is written in another script ({mine.lower()}) than the task ({asked.lower()})"
    if _is_english(text) and not _says_what_to_do(text):
        return 'it states things but plans nothing: say what to do, as in "Next time I will …"'
    return ""


def script_of(text: str) -> str:
    """The script that most letters of a text are in, as Unicode names it; empty where it cannot be told."""
    letters = [char for char in text if char.isalpha()]
    if len(letters) < MIN_LETTERS:
        return ""
    counts = Counter(unicodedata.name(char, "unknown").split()[0] for char in letters)
    merged: Counter[str] = Counter()
    for name, n in counts.items():
        merged[_ONE_SCRIPT.get(name, name)] += n
    name, n = merged.most_common(1)[0]
    return name if n >= MAIN_SHARE * len(letters) else ""


def final_answer(trace: Trace) -> str:
    """What the attempt ended with: the agent's last words, or its last call where it made one after them."""
    return next((step.text for step in reversed(trace.steps) if step.kind in {"assistant", "tool_call"}), "")


def _is_answer_of(text: str, trace: Trace) -> bool:
    """Whether the text is the attempt's final answer, or a part of it."""
    return plain_words(text) in plain_words(final_answer(trace))


def _named(text: str, trace: Trace, withheld: Sequence[str]) -> str:
    """A reference answer that stands in the text, though not in the task, whose words any plan may use."""
    feedback = "" if trace.outcome is None else trace.outcome.feedback
    known = [*withheld, *(found.strip() for found in _STATED.findall(feedback))]
    words, asked = plain_words(text), plain_words(trace.task.text)
    for answer in known:
        sought = plain_words(answer)
        if len(sought.strip()) >= MIN_NAMED_CHARS and sought in words and sought not in asked:
            return answer
    return ""


def _is_english(text: str) -> bool:
    return len(_ENGLISH & set(plain_words(text).split())) >= LEAST_ENGLISH


def _says_what_to_do(text: str) -> bool:
    """Whether an English text speaks of what is to be done, or has a sentence that begins with a verb of doing."""
    if _INTENT.search(text):
        return True
    starts = (_LEADING.sub("", sentence).split(" ", 1)[0] for sentence in _SENTENCE.split(text))
    return any(start.strip(",").casefold() in _IMPERATIVE for start in starts)

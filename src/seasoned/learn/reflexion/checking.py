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

_ENGLISH = re.compile(r"the|and|of|to|is|was|are|it|that|this|for|not|with|i|my|by|in|on|before|after|then|should|will")
_QUOTE = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb"
_INTENT = re.compile(
    r"\b(?:i|we|you)(?:['\u2019]ll| (?:will|should|must|would|can|could|need to|have to|ought to|plan to))\b"
    r"|\b(?:next (?:time|trial|attempt|try)|instead|rather than|make sure|be sure|remember to|never|avoid|do not"
    r"|don['\u2019]t|needs? to be|should (?:be|have)|must be|has to be)\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"add|answer|ask|begin|break|build|call|change|check|choose|clean|click|close|compare|compute|confirm|consider"
    r"|count|cover|create|define|divide|enter|examine|explore|fetch|fill|filter|find|finish|fix|focus|follow|get|give"
    r"|go|guard|handle|identify|implement|include|initiali[sz]e|inspect|iterate|keep|list|look|make|move|narrow"
    r"|navigate|note|open|pick|plan|prefer|put|query|read|refine|remove|repeat|replace|restart|retry|return|run|save"
    r"|scroll|search|select|send|set|show|skip|sort|split|start|stop|store|submit|switch|take|test|think|track|traverse"
    r"|treat|try|turn|type|update|use|validate|verify|visit|wait|walk|watch|write",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^(?:[\W\d_]|(?:first|second|then|next|finally|also|and|so|after that|step)\b)+", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;:\n]+\s*|,\s*(?=then\b)")
_ANSWERS = re.compile(
    r"^\W*(?:(?:the|my)\s+)?(?:final\s+|correct\s+)?answer\s*(?:is\b|:)|^\W*(?:finish|submit)\s*[\[(]", re.IGNORECASE
)
_STATED = re.compile(
    r"\b(?:correct|expected|right|reference|gold|true|desired)\s+(?:answer|output|value|result)s?\s*"
    rf"(?:[:=]|(?:is|was|are|were|should (?:be|have been))\s*(?:[:=]|(?=[{_QUOTE}\[\d]|(?-i:[A-Z]))))\s*"
    rf"[{_QUOTE}]?([^\n.;,{_QUOTE}]{{1,200}})",
    re.IGNORECASE,
)
"""A value in someone's feedback: behind a colon or a sign of equality, quoted, a number or a name; no other words."""
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
    if n_words < MIN_WORDS:
        return (
            f"{n_words} words are a value or a title, not a plan: say what to do next time"
            if n_words
            else "it is empty"
        )
    if n_words > max_words:
        return f"it has {n_words} words; at most {max_words} were asked for"
    if _ANSWERS.search(text) or _is_answer_of(text, trace):
        return "it answers the task, or says what the attempt answered; it has to say how to go about it next time"
    if named := _named(text, trace, withheld):
        return f"it names the reference answer, {named!r}, which no plan may"
    return _script_problem(text, trace.task.text) or _planless(text)


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


def _script_problem(text: str, task: str) -> str:
    mine, asked = script_of(text), script_of(task)
    if not mine or not asked or mine == asked:
        return ""
    return f"it is written in another script ({mine.lower()}) than the task ({asked.lower()})"


def _planless(text: str) -> str:
    if not _is_english(text) or _says_what_to_do(text):
        return ""
    return 'it states things but plans nothing: say what to do, as in "Next time I will …"'


def _is_english(text: str) -> bool:
    return len(set(filter(_ENGLISH.fullmatch, plain_words(text).split()))) >= LEAST_ENGLISH


def _says_what_to_do(text: str) -> bool:
    """Whether an English text speaks of what is to be done, or has a sentence that begins with a verb of doing."""
    if _INTENT.search(text):
        return True
    starts = (_LEADING.sub("", sentence).split(" ", 1)[0] for sentence in _SENTENCE.split(text))
    return any(_IMPERATIVE.fullmatch(start.strip(",")) for start in starts)

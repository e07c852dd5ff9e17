"""Recognising our own words in a trace, however they were dressed up, so that nothing is learned from them.

What we handed an agent (compiled prompts, skills, exemplars, reflections) comes back in its traces: with other spacing
and case, as XML instead of markdown, escaped in JSON, cut over several messages, or one skill alone in a longer text.
So texts are compared as sequences of words, by hashes of `MIN_WORDS` words in a row, in time linear in both.

- In system and user steps our words are *withheld*: not shown, not to be cited, however little of a quote is ours.
- In assistant and thought steps they are *recited*: shown, since what the agent says is what is studied, but a quote
  that is hardly anything else is no evidence.
- What tools returned is never ours, whatever it says: a tool could hide its own errors else.
- An example is words of another run, so it is known by its marks (`core.marks`), not by its words: the run that it is
  from would be withheld else. What stands between them is withheld, in a conversation whole steps of any kind.

Steps are never changed: ranges index the canonical text, as evidence does. Pure; knows nothing of the store or the
sandbox, and raises nothing.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from seasoned.core.finding import Evidence
from seasoned.core.marks import GIVEN, Span, example_spans, marked_id
from seasoned.core.prompt import EXAMPLES_INTRODUCTION
from seasoned.core.trace import StepKind, Trace

WITHHELD = "[injected by us, withheld]"
MIN_WORDS = 8
"""So many words of ours in a row are no coincidence; ordinary policy shares shorter runs with any skill."""
MIN_WHOLE_WORDS = 5
"""A text of fewer than `MIN_WORDS` words is recognised as a whole, if it has so many; below that, never."""
MIN_LETTERS = 16
"""In a run of our words; where each character is a word, as in Chinese, eight of them are little."""
GAP_WORDS = 6
"""Words between two runs of ours, such as a tag, a number or a heading, that count as ours too."""
RECITED_SHARE = 0.8
"""Of the words of an agent's quote: from this share of ours on, it only repeats us."""

_SPOKEN: frozenset[StepKind] = frozenset({"assistant", "thought"})

_UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Letters of scripts that put no spaces between words; each counts as a word."""
_UNIT = re.compile(
    rf"\\{{1,8}}+(?:u(?P<code>[0-9a-fA-F]{{4}})|[nrtbf\"'/])|&\#?\w{{1,8}};"
    rf"|(?P<single>[{_UNSPACED}])|(?P<word>[^\W_{_UNSPACED}]+)"
)
_SINGLE = re.compile(f"[{_UNSPACED}]")


class _Word(NamedTuple):
    text: str
    start: int
    end: int


class HandedOut:
    """The texts that we ever handed to agents, ready to be found in traces.

    Reading a trace is linear in its text; what was found is kept by trace id.

    Args:
        texts: Compiled prompts without the user's own base and without examples, wordings of skills, reflections; those
            of fewer than `MIN_WHOLE_WORDS` words are passed over. And the opening mark of each exemplar that may have
            been shown.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Hash every run of words once."""
        self._hashes: dict[int, set[int]] = {}
        self._known: dict[str, dict[int, tuple[Span, ...]]] = {}
        self._shown: dict[str, frozenset[int]] = {}
        texts = tuple(texts)
        self._exemplars = frozenset(exemplar for text in texts if (exemplar := marked_id(text)))
        for text in (*texts, EXAMPLES_INTRODUCTION) if self._exemplars else texts:
            words = [word.text for word in _words(text)]
            size = min(len(words), MIN_WORDS)
            if size >= MIN_WHOLE_WORDS:
                self._hashes.setdefault(size, set()).update(_hashed(words, size))

    def ranges(self, trace: Trace) -> Mapping[int, tuple[Span, ...]]:
        """Where our words stand, by index of the step; in order, none touching another.

        System and user steps are read as one text, so what was cut over several of them is found.
        """
        if not self._hashes and not self._exemplars:
            return {}
        if trace.id not in self._known:
            found = self._found([(i, step.text) for i, step in enumerate(trace.steps) if step.kind in GIVEN])
            for index, step in enumerate(trace.steps):
                if step.kind in _SPOKEN:
                    found |= self._found([(index, step.text)])
            examples = self._examples([(step.kind, step.text) for step in trace.steps])
            self._known[trace.id] = {
                i: _joined(found.get(i, ()), examples.get(i, ())) for i in sorted({*found, *examples})
            }
            self._shown[trace.id] = frozenset(i for i in examples if trace.steps[i].kind not in GIVEN)
        return self._known[trace.id]

    def marked(self, trace: Trace) -> Trace:
        """The trace with the steps that are nothing but examples of ours marked as injected; its id stays."""
        examples = self._examples([(step.kind, step.text) for step in trace.steps])
        if not examples:
            return trace
        ours = self.ranges(trace)
        steps = tuple(
            step.model_copy(update={"injected": True})
            if index in examples and not _words(_without(step.text, ours[index], ""))
            else step
            for index, step in enumerate(trace.steps)
        )
        return trace.model_copy(update={"steps": steps})

    def shown(self, trace: Trace, index: int) -> str:
        """A step's text as a model may see it: our words replaced by `WITHHELD`, which also shifts what follows."""
        step = trace.steps[index]
        if step.injected or index in self._examples_in(trace):
            return WITHHELD
        return _without(step.text, self.ranges(trace).get(index, ())) if step.kind in GIVEN else step.text

    def without(self, text: str) -> str:
        """Any other text of a trace, such as its task, with our words replaced by `WITHHELD`."""
        if not self._hashes and not self._exemplars:
            return text
        ours = self._found([(0, text)]).get(0, ())
        return _without(text, _joined(ours, self._examples([("user", text)]).get(0, ())))

    def is_ours(self, trace: Trace, step: int, start: int, end: int) -> bool:
        """Whether a range proves nothing: it touches what is withheld, or the agent hardly says more than we did.

        Args:
            trace: The trace.
            step: Index of a step that it has.
            start: Offset of the range's first character in the step's text.
            end: Offset behind its last one.
        """
        kind = trace.steps[step].kind
        if trace.steps[step].injected or step in self._examples_in(trace):
            return True
        known = self.ranges(trace).get(step, ())
        first = bisect_right(known, start, key=lambda span: span[1])
        spans = known[first : bisect_left(known, end, key=lambda span: span[0])]
        if not spans or kind in GIVEN:
            return bool(spans)
        words = _words(trace.steps[step].text[start:end])
        n_ours = sum(any(a <= start + word.start and start + word.end <= b for a, b in spans) for word in words)
        return n_ours >= RECITED_SHARE * len(words)

    def fresh(self, evidence: Sequence[Evidence], trace_of: Callable[[str], Trace]) -> tuple[Evidence, ...]:
        """The evidence that is not our own words: only this may add a skill or agree with one.

        Args:
            evidence: Of a finding, each verified against its trace.
            trace_of: Reads a stored trace by id.
        """
        return tuple(e for e in evidence if not self.is_ours(trace_of(e.trace_id), e.step, e.start, e.end))

    def _examples(self, pieces: Sequence[tuple[str, str]]) -> dict[int, tuple[Span, ...]]:
        """Examples that we showed, marks included, by the piece's number."""
        return example_spans(pieces, self._exemplars.__contains__) if self._exemplars else {}

    def _examples_in(self, trace: Trace) -> frozenset[int]:
        """Indexes of steps that are part of an example as a whole, though nobody gave them to the agent as text."""
        self.ranges(trace)
        return self._shown.get(trace.id, frozenset())

    def _found(self, pieces: Sequence[tuple[int, str]]) -> dict[int, tuple[Span, ...]]:
        """Our words in pieces of text that follow one another, by the piece's number."""
        words = [(index, word) for index, text in pieces for word in _words(text)]
        marks = self._marks([word.text for _, word in words])
        spans: dict[int, list[Span]] = {}
        last = -1
        for place in (n for n, is_marked in enumerate(marks) if is_marked):
            index, word = words[place]
            of_step = spans.setdefault(index, [])
            # The first word that is found in a step has none of ours before it there to join.
            if of_step and place - last - 1 <= GAP_WORDS:
                of_step[-1] = of_step[-1][0], word.end
            else:
                of_step.append((word.start, word.end))
            last = place
        return {index: tuple(found) for index, found in spans.items()}

    def _marks(self, words: Sequence[str]) -> bytearray:
        """1 for each word that stands in a run of ours."""
        marks = bytearray(len(words))
        for size, hashes in self._hashes.items():
            ours = b"\1" * size
            for start, each in enumerate(_hashed(words, size)):
                if each in hashes:
                    marks[start : start + size] = ours
        for run in re.finditer(b"\1+", bytes(marks)):
            if sum(map(len, words[run.start() : run.end()])) < MIN_LETTERS:
                marks[run.start() : run.end()] = bytes(run.end() - run.start())
        return marks


NOTHING = HandedOut()
"""Where nothing was ever handed out."""


def plain_words(text: str) -> str:
    """The words of a text with one space before and behind each, read as `HandedOut` reads them.

    A text holds another one in full, whatever its spacing, case, marks and escapes, if this of it holds this of that.
    """
    return "".join([" ", *(f"{word.text} " for word in _words(text))])


def _joined(some: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """The spans of both, in order; those that touch are one."""
    spans: list[Span] = []
    for start, end in sorted([*some, *others]):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return tuple(spans)


def _without(text: str, spans: Iterable[Span], instead: str = WITHHELD) -> str:
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts += [text[done:start], instead]
        done = end
    return "".join([*parts, text[done:]])


def _hashed(words: Sequence[str], size: int) -> Iterator[int]:
    """A hash of every run of so many words; equal runs have equal ones within a process."""
    return (hash(tuple(words[start : start + size])) for start in range(len(words) - size + 1))


def _words(text: str) -> tuple[_Word, ...]:
    """The words of a text with their places; escapes of JSON and entities of XML are read as what they stand for."""
    # Agents are sent the same long prompt in run after run; short texts are read as fast as looked up, and the longest
    # would fill the memory.
    return _read_once(text) if 2_000 <= len(text) <= 50_000 else _read(text)


def _read(text: str) -> tuple[_Word, ...]:
    words: list[_Word] = []
    is_open = False
    for unit in _UNIT.finditer(text):
        said = unit["word"] or unit["single"] or _decoded(unit["code"])
        is_part = bool(said) and _SINGLE.fullmatch(said) is None
        if is_part and is_open and words[-1].end == unit.start():
            words[-1] = _Word(words[-1].text + _folded(said), words[-1].start, unit.end())
        elif said:
            words.append(_Word(_folded(said), unit.start(), unit.end()))
        is_open = is_part
    return tuple(words)


_read_once = lru_cache(maxsize=8)(_read)


def _decoded(code: str | None) -> str:
    """The letter or digit that a JSON escape stands for; empty for anything else."""
    letter = "" if code is None else chr(int(code, 16))
    return letter if letter.isalnum() else ""


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()

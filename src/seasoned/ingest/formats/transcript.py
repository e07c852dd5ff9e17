"""Conversations as markdown or plain text: speakers' names as headings, in bold or plain; one run a file.

A chat history of aider (`# aider chat started at …`, the user's lines as `####`) has one run for each start.
"""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.chat_run import chat_run
from seasoned.ingest.format import Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.run import Place
from seasoned.ingest.transcript import transcript_messages, way_of

MAX_CHARS = 1 << 26
_AIDER = re.compile(r"^# aider chat started at (.+)$", re.MULTILINE)
_CONFIDENCE = {"headings": 0.7, "bold names": 0.7, "bold lines": 0.7, "names": 0.5}


class Transcript:
    """Conversations written for people."""

    name = "transcript"

    def detect(self, sample: Sample) -> Detection | None:
        """Wherever a user and an assistant speak; less sure where only `Name:` marks them."""
        if sample.layout != "text":
            return None
        if _AIDER.match(sample.text.lstrip()):
            return Detection(format=self.name, confidence=0.9, reason="a chat history of aider")
        found = way_of(sample.text)
        if found is None:
            return None
        way, n_turns = found
        reason = f"{n_turns} turns of a user and an assistant, marked by {way}"
        return Detection(format=self.name, confidence=_CONFIDENCE[way], reason=reason)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run, or one for each start of aider."""
        lines, n_chars = list[str](), 0
        for line in document.lines():
            if isinstance(line, Problem):
                yield line
                continue
            n_chars += len(line[1])
            if n_chars > MAX_CHARS:
                yield Problem(
                    where=f"line {line[0]}", why=f"a transcript of over {MAX_CHARS} characters; the rest was left"
                )
                break
            lines.append(line[1])
        text = "\n".join(lines)
        starts = list(_AIDER.finditer(text))
        ends = [*(match.start() for match in starts[1:]), len(text)]
        for start, end in zip(starts, ends, strict=False):
            where = f"line {text.count(chr(10), 0, start.start()) + 1}"
            messages = _aider_messages(text[start.end() : end])
            yield from self._runs(messages, start[1].strip(), Place(format=self.name, path=document.path, where=where))
        if not starts:
            place = Place(format=self.name, path=document.path, where="file")
            yield from self._runs(transcript_messages(text), "", place)

    def _runs(self, messages: list[JsonValue], run_key: str, place: Place) -> Iterator[Parsed | Problem]:
        if not messages:
            yield Problem(where=place.where, why="nobody says anything in it")
            return
        yield from attempt_all(lambda: chat_run({"messages": messages, "id": run_key}, place), place.where)


def _aider_messages(text: str) -> list[JsonValue]:
    """`#### ` begins what the user says, `> ` outside of code what the program says; the rest is the model's.

    The two spaces by which aider ends a line of the user's or the program's are no part of it.
    """
    said: list[tuple[str, list[str]]] = []
    is_code = False
    for line in text.splitlines():
        if not line.strip() and said:
            said[-1][1].append("")
            continue
        is_user = line.startswith("#### ")
        is_program = line.startswith(("> ", ">\t")) or line.strip() == ">"
        role = "user" if is_user else "system" if is_program and not is_code else "assistant"
        is_code = not is_user and is_code != line.startswith("```")
        bare = line if role == "assistant" else line.removeprefix("####" if is_user else ">")[1:].removesuffix("  ")
        if said and said[-1][0] == role:
            said[-1][1].append(bare)
        elif line.strip():
            said.append((role, [bare]))
    return [{"role": role, "content": "\n".join(lines).strip()} for role, lines in said]

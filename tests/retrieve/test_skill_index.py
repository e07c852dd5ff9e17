"""Skills found for a task, by words and by meaning, without asking an embedder twice."""

import asyncio
from collections.abc import Sequence

from seasoned.core.skill import Skill
from seasoned.retrieve.embedder import Vector
from seasoned.retrieve.skill_index import SkillIndex
from tests.compile.building import book, skill

REFUND = skill("When a refund is asked for, check the window.")
FLIGHT = skill("When a flight is cancelled, offer another one.", born=2)
TONE = skill("When somebody shouts, stay calm.", born=3)
SKILLS = (REFUND, FLIGHT, TONE)
IDS = {each.id for each in SKILLS}


class ByTopic:
    """An embedder that knows three topics, and remembers what it was asked."""

    embedder_id = "test:topics"
    topics = (("refund", "money"), ("flight", "plane"), ("shouts", "angry"))

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        self.asked += texts
        return [[float(any(word in text for word in topic)) for topic in self.topics] for text in texts]


def test_by_words_the_nearest_come_first_and_what_shares_none_is_not_found() -> None:
    index = SkillIndex(book(*SKILLS))
    assert index.nearest("the flight and its refund window", 3, IDS)[0] == REFUND.id
    assert index.nearest("the flight and its refund window", 1, IDS - {REFUND.id}) == (FLIGHT.id,)
    assert index.nearest("zebra", 3, IDS) == ()


def test_by_meaning_what_shares_no_word_is_found() -> None:
    index = SkillIndex(book(*SKILLS))
    asyncio.run(index.embed(["my plane"], ByTopic()))
    assert index.nearest("my plane", 1, IDS) == (FLIGHT.id,)
    assert index.nearest("my plane", 1, IDS - {FLIGHT.id}) == ()
    assert index.nearest("a task that was not embedded, about a flight", 1, IDS) == (FLIGHT.id,)


def test_after_a_change_only_what_is_new_is_embedded() -> None:
    embedder = ByTopic()
    first = SkillIndex(book(*SKILLS))
    asyncio.run(first.embed(["my plane"], embedder))
    embedder.asked.clear()
    reworded: Skill = TONE.model_copy(update={"text": "When somebody is angry, stay calm."})
    later = SkillIndex(book(REFUND, FLIGHT, reworded), first.vectors)
    asyncio.run(later.embed(["my plane", "an angry guest"], embedder))
    assert embedder.asked == ["an angry guest", reworded.text]
    assert later.nearest("an angry guest", 1, IDS) == (TONE.id,)


def test_vectors_of_another_embedder_are_never_compared() -> None:
    index = SkillIndex(book(*SKILLS))
    asyncio.run(index.embed(["my plane"], ByTopic()))
    other = ByTopic()
    other.embedder_id = "test:other"
    asyncio.run(index.embed([], other))
    assert other.asked == [each.text for each in SKILLS]


def test_only_approved_skills_are_found() -> None:
    index = SkillIndex(book(REFUND, FLIGHT.model_copy(update={"status": "proposed"})))
    assert index.nearest("cancelled flight", 3, IDS) == ()

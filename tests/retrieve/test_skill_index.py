"""Skills found for a task, by words and by meaning, without asking an embedder twice."""

import asyncio
from collections.abc import Sequence

from seasoned.core.skill import Skill
from seasoned.retrieve.embedder import Vector
from seasoned.retrieve.near import cosine
from seasoned.retrieve.skill_index import SkillIndex
from tests.compile.building import book, skill
from tests.retrieve.hashing import HashingEmbedder

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


def test_of_many_skills_the_order_is_that_of_their_cosines_and_the_older_one_comes_first_among_equals() -> None:
    skills = [skill(f"When the word is w{number % 700}, say so {number}.", born=number + 1) for number in range(900)]
    embedder = HashingEmbedder(n_dimensions=7)
    index = SkillIndex(book(*skills))
    asyncio.run(index.embed(["zebra"], embedder))
    sought, *vectors = asyncio.run(embedder.embed(["zebra", *(each.text for each in skills)]))
    score = {each.id: cosine(sought, vector) for each, vector in zip(skills, vectors, strict=True)}
    want = [each.id for each in sorted(skills, key=lambda each: -score[each.id]) if score[each.id] > 0]
    assert len(want) > 200
    assert list(index.nearest("zebra", 150, score.keys())) == want[:150]
    half = {each.id for each in skills[::2]}
    assert list(index.nearest("zebra", 120, half)) == [each for each in want if each in half][:120]


def test_what_another_index_embeds_meanwhile_is_found_too() -> None:
    many = [skill(f"When it is case {number}, ask.", born=number) for number in range(1, 120)]
    embedder = HashingEmbedder(meanings={"plane": "flight"}, n_dimensions=4096)
    older = SkillIndex(book(*many))
    asyncio.run(older.embed(["plane"], embedder))
    newer = SkillIndex(book(*many, FLIGHT), older.vectors)
    assert newer.nearest("plane", 1, {FLIGHT.id}) == ()
    assert FLIGHT.id not in newer.nearest("plane", 119, {each.id for each in (*many, FLIGHT)})
    asyncio.run(SkillIndex(book(FLIGHT), older.vectors).embed([], embedder))
    assert newer.nearest("plane", 1, {each.id for each in (*many, FLIGHT)}) == (FLIGHT.id,)

"""Which skills come into question: those for the situation, the most valuable, the nearest to a task."""

from datetime import date

import pytest

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.core.prompt import Prompt, Selection
from seasoned.core.scope import Scope, Situation
from seasoned.core.skill import Skill
from seasoned.errors import PromptError
from seasoned.retrieve.skill_index import SkillIndex
from tests.compile.building import book, skill

REFUND = skill("When a refund is asked for, check the window.", confidence=0.2)
TONE = skill("When the customer is rude, stay calm.", born=2, confidence=0.9)
FLIGHT = skill("When a flight is cancelled, offer another one.", born=3, confidence=0.8)
ALL = (REFUND, TONE, FLIGHT)


def compiled(*skills: Skill, config: CompileConfig, budget: int = 5_000) -> Prompt:
    return compile_prompt(book(*skills), "Base.", budget_tokens=budget, config=config)


def included(prompt: Prompt) -> list[str]:
    return [cost.skill_id for cost in prompt.included]


class TestSituation:
    @pytest.mark.parametrize(
        ("scope", "situation", "why"),
        [
            (Scope(agent="refunds"), Situation(agent="flights"), "it is for the agent refunds"),
            (Scope(tools=("get_order",)), Situation(tools=("search",)), "the agent has no tool get_order"),
            (Scope(tenant="acme"), Situation(), "it is for the tenant acme"),
            (Scope(models=("claude",)), Situation(model="openai:gpt-5"), "it is for models of claude"),
            (Scope(tags=("beta",)), Situation(tags=("stable",)), "it is tagged beta"),
            (Scope(valid_until=date(2026, 1, 1)), Situation(on=date(2026, 1, 2)), "it ended on 2026-01-01"),
        ],
    )
    def test_a_skill_of_another_scope_is_left_out_and_says_why(
        self, scope: Scope, situation: Situation, why: str
    ) -> None:
        scoped = REFUND.model_copy(update={"scope": scope})
        prompt = compiled(scoped, TONE, config=CompileConfig(situation=situation))
        assert included(prompt) == [TONE.id]
        assert [(s.skill_id, s.reason, s.detail) for s in prompt.skipped] == [(scoped.id, "scope", why)]
        assert prompt.situation == situation

    def test_each_sub_agent_gets_its_own(self) -> None:
        for_refunds = REFUND.model_copy(update={"scope": Scope(agent="refunds")})
        for_flights = FLIGHT.model_copy(update={"scope": Scope(agent="flights")})
        prompts = [
            compiled(for_refunds, for_flights, TONE, config=CompileConfig(situation=Situation(agent=agent)))
            for agent in ("refunds", "flights")
        ]
        assert [included(prompt) for prompt in prompts] == [[REFUND.id, TONE.id], [TONE.id, FLIGHT.id]]


class TestTop:
    def test_the_most_valuable_stand_in_their_stable_order(self) -> None:
        prompt = compiled(*ALL, config=CompileConfig(selection=Selection(kind="top", n=2)))
        assert included(prompt) == [TONE.id, FLIGHT.id]
        assert [(s.reason, s.detail) for s in prompt.skipped] == [
            ("selection", "it is not among the 2 most valuable"),
        ]

    def test_observed_helpfulness_takes_the_place_of_confidence(self) -> None:
        selection = Selection(kind="top", n=1)
        prompt = compiled(*ALL, config=CompileConfig(selection=selection, rates={REFUND.id: 0.95, TONE.id: 0.1}))
        assert included(prompt) == [REFUND.id]

    @pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
    def test_a_rate_out_of_range_is_refused(self, rate: float) -> None:
        with pytest.raises(PromptError, match="out of range"):
            CompileConfig(rates={REFUND.id: rate})

    def test_scope_is_looked_at_before_the_best_are_counted(self) -> None:
        elsewhere = TONE.model_copy(update={"scope": Scope(tenant="acme")})
        prompt = compiled(REFUND, elsewhere, FLIGHT, config=CompileConfig(selection=Selection(kind="top", n=2)))
        assert included(prompt) == [REFUND.id, FLIGHT.id]


class TestRelevant:
    CONFIG = CompileConfig(selection=Selection(kind="relevant", n=1, task="my flight was cancelled"))

    def test_the_nearest_to_the_task(self) -> None:
        prompt = compiled(*ALL, config=self.CONFIG)
        assert included(prompt) == [FLIGHT.id]
        assert {s.detail for s in prompt.skipped} == {"it is not among the 1 nearest to the task"}

    def test_the_nearest_comes_first_where_the_budget_holds_one(self) -> None:
        config = CompileConfig(selection=Selection(kind="relevant", n=3, task="the refund window of a flight"))
        one = compiled(REFUND, config=CompileConfig()).n_tokens
        assert included(compiled(*ALL, config=config, budget=one)) == [REFUND.id]

    def test_an_index_is_used_again_and_gives_the_same_prompt(self) -> None:
        index = SkillIndex(book(*ALL))
        again = compile_prompt(book(*ALL), "Base.", budget_tokens=5_000, config=self.CONFIG, index=index)
        assert again == compiled(*ALL, config=self.CONFIG)

    def test_an_index_of_another_revision_is_refused(self) -> None:
        with pytest.raises(PromptError, match="not of this skillbook as it stands"):
            compile_prompt(book(*ALL), "Base.", budget_tokens=5_000, config=self.CONFIG, index=SkillIndex(book(REFUND)))

    def test_a_skill_that_does_not_apply_takes_no_place(self) -> None:
        elsewhere = FLIGHT.model_copy(update={"scope": Scope(tenant="acme")})
        other = skill("When a flight is late, say by how much.", born=4)
        assert included(compiled(elsewhere, other, config=self.CONFIG)) == [other.id]

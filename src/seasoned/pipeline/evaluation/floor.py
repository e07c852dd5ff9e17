"""The floor of a suite, really run: an agent that does nothing, on the same tasks with the same graders.

It is an evaluation of its own, whatever prompt or agent it stands beside, so it is done once. Raises nothing.
"""

from seasoned.errors import UsageError
from seasoned.evaluate.agents.nothing import NothingAgent
from seasoned.evaluate.attempt import NOTHING, BringsAgent
from seasoned.evaluate.graders.registry import AsksModel, GradersOfTasks
from seasoned.pipeline.evaluation.options import EvaluateOptions


def doing_nothing(options: EvaluateOptions) -> EvaluateOptions | None:
    """The evaluation that finds the floor; None where it would cost something, or the agent does nothing as it is.

    A judge costs something, and tasks that only the suite's own agent can grade cannot be worked by another one.
    """
    if options.agent.name == NOTHING:
        return None
    graders = GradersOfTasks(options.suite, options.graders)
    try:
        asked = [grader for task in options.chosen for grader in graders.of(task)]
    except UsageError:
        if not isinstance(options.suite, BringsAgent):
            return None
        asked = []
    if any(isinstance(grader, AsksModel) for grader in asked):
        return None
    return EvaluateOptions(
        suite=options.suite,
        tasks=options.tasks,
        split=options.split,
        agent=options.suite.agent(NOTHING, None) if isinstance(options.suite, BringsAgent) else NothingAgent(),
        graders=options.graders,
        concurrency=options.concurrency,
        policy=options.policy,
        may_differ=options.may_differ,
    )

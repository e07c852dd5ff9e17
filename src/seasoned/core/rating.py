"""What somebody says about how one skill did, in one run or on the whole. Pure; raises nothing of its own."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from seasoned.core.counters import RatingVerdict
from seasoned.core.finding import Evidence
from seasoned.core.value import Text, Value


class Rating(Value):
    """One statement. A later one of the same person or model about the same skill and run takes its place."""

    skill_id: str
    wording: int = Field(ge=1)
    """Revision of the skillbook that brought the wording that was rated."""
    trace_id: str = ""
    """The run that it is about; empty where a person votes on the skill as such."""
    source: Literal["voted", "judged"]
    """A measurement is no statement: see `store.books.ratings.Ratings.measure`."""
    by: Text = Field(min_length=1)
    """The person's name, or the model id of the judge."""
    verdict: RatingVerdict
    at: datetime
    reason: Text = ""
    evidence: tuple[Evidence, ...] = ()
    """Of that run; a quote is empty once the run was erased."""

    @model_validator(mode="after")
    def _is_of_its_run(self) -> "Rating":
        if any(each.trace_id != self.trace_id for each in self.evidence):
            raise ValueError("the evidence of a rating is from the run that it is about")
        if self.source == "judged" and not self.trace_id:
            raise ValueError("a judge says something about a run, not about a skill as such")
        return self

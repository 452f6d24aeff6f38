"""The way from a figure to exactly the calls or reviews that it counts, in the words of their lists' addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse

from reviews.board.asking import Question
from reviews.board.period import Period
from reviews.models.review import COUNTED

Asked = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Links:
    """Lists of these days, of one task if one is given. No list asks for calls without a task: they have no address."""

    period: Period
    task: tuple[str, str] | tuple[()] = ()

    @classmethod
    def of(cls, question: Question) -> Links:
        return cls(question.period, question.task)

    def at(self, period: Period) -> Links:
        return replace(self, period=period)

    def about(self, task: tuple[str, str]) -> Links:
        return replace(self, task=task)

    def calls(self, **asked: Asked) -> str:
        if self.task:
            source, task_id = self.task
            if not task_id:
                return ""
            asked = {"task": task_id, "source": source} | asked
        return _url("call_list", self._days("since", "until") | asked)

    def reviews(self, **asked: Asked) -> str:
        """Those of calls of these days whose verdict counts, unless another purpose is asked for."""
        if self.task and not self.task[1]:
            return ""
        return _url("review_list", self._days("since", "until") | self._task() | {"purpose": COUNTED} | asked)

    def work(self, **asked: Asked) -> str:
        """Every review that was finished in these days."""
        return _url("review_list", self._days("finished_since", "finished_until") | self._task() | asked)

    def _days(self, first: str, last: str) -> dict[str, Asked]:
        return {first: self.period.first.isoformat(), last: self.period.last.isoformat()}

    def _task(self) -> dict[str, Asked]:
        return {"task": "/".join(self.task)} if self.task else {}


def _url(name: str, asked: dict[str, Asked]) -> str:
    # a QueryDict spells the same in three times as long, and a board has a thousand links
    return f"{reverse(name)}?{urlencode(asked, doseq=True, safe='/')}"

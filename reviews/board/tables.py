"""The board's tables: what a page shows, what a file holds, and where each figure leads."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from calls.filters import tag_key
from calls.models.traffic import KEEN, TURNS_OF_A_TALK, Taken
from calls.vocabulary import CallResult
from reviews.board import words
from reviews.board.cells import FROM_CALLS, Cell, Known, Table, counted, length, mean, named, part
from reviews.board.figures import Figures
from reviews.board.judged import Answered, Reviewed, Work
from reviews.board.links import Links

# how the list of reviews asks for calls without an intent
NO_INTENT = "-"


def tables_of(figures: Figures, links: Links, known: Known) -> dict[str, Table]:
    """By their keys, in the order of the page."""
    tables = [
        by_day(figures, links),
        scores_by_day(figures, links),
        steps(figures, links),
        by_result(figures, links),
        by_intent(figures, links, known),
        by_tag(figures, links, known),
        by_task(figures, links, known),
        by_criterion(figures, links, known),
        by_judged_intent(figures, links, known),
        by_reviewer(figures, links),
    ]
    return {table.key: table for table in tables}


def by_day(figures: Figures, links: Links) -> Table:
    heads = [_("Days"), _("Dialled"), pgettext("calls", "Answered"), _("Rate")]
    rows = [
        [Cell(bar.first.isoformat(), words.days(bar)), *_taken(taken, links.at(bar))]
        for bar, (taken, _reviews) in zip(links.period.trend.bars(), figures.days, strict=True)
    ]
    return Table("days", _("Calls by day"), heads, rows)


def scores_by_day(figures: Figures, links: Links) -> Table:
    heads = [_("Days"), _("Reviewed"), _("Score"), _("± at 95 %"), pgettext("reviews", "Passed")]
    rows = [
        [
            Cell(bar.first.isoformat(), words.days(bar)),
            counted(reviewed.reviews, links.at(bar).reviews()),
            mean(reviewed.mean, links.at(bar).reviews(), reviewed.reviews),
            mean(reviewed.margin),
            counted(reviewed.passed, links.at(bar).reviews(passed="yes")),
        ]
        for bar, (_calls, reviewed) in zip(links.period.trend.bars(), figures.days, strict=True)
    ]
    return Table("scores", _("Score by day"), heads, rows)


def steps(figures: Figures, links: Links) -> Table:
    """From dialled to passed. Reviews are a part of what was dialled, not of the step above them."""
    answered: dict[str, str] = {"result": CallResult.ANSWERED.value}
    talked = answered | {"turns_from": str(TURNS_OF_A_TALK)}
    reviewed = figures.reviewed
    dialled = figures.taken.dialled
    walked = [
        (_("Dialled"), dialled, links.calls(), 0),
        (pgettext("calls", "Answered"), figures.taken.answered, links.calls(**answered), dialled),
        (_("3 turns or more"), figures.talks, links.calls(**talked), figures.taken.answered),
        (_("Intent A or B"), figures.keen_talks, links.calls(**talked, intent=KEEN), figures.talks),
        (_("Reviewed"), reviewed.reviews, links.reviews(), 0),
        (pgettext("reviews", "Passed"), reviewed.passed, links.reviews(passed="yes"), reviewed.reviews),
    ]
    rows = [
        [named(step), counted(count, url), part(count / above if above else None, url, count)]
        for step, count, url, above in walked
    ]
    return Table("steps", _("From dialled to passed"), [_("Step"), _("Count"), _("Share of the step above")], rows)


def by_result(figures: Figures, links: Links) -> Table:
    found = [
        (str(_result(result)), {"result": result}, count) for result, count in figures.outcomes.results.most_common()
    ]
    rows = [
        [named(word), counted(count, links.calls(**asked)), part(_share(count, figures), links.calls(**asked), count)]
        for word, asked, count in found
    ]
    return Table("results", _("Calls by result"), [_("Result"), _("Calls"), _("Share of all")], rows)


def by_intent(figures: Figures, links: Links, known: Known) -> Table:
    rows = [
        [
            named(intent, FROM_CALLS),
            counted(count, links.calls(intent=intent)),
            part(_share(count, figures), links.calls(intent=intent), count),
        ]
        for intent, count in sorted(figures.outcomes.intents.items())
        if known.may_show(intent)
    ]
    return Table("intents", _("Calls by intent"), [_("Intent"), _("Calls"), _("Share of all")], rows)


def by_tag(figures: Figures, links: Links, known: Known) -> Table:
    rows = [
        [
            named(name, FROM_CALLS),
            named(value, FROM_CALLS),
            counted(count, links.calls(tag=tag_key(name, value))),
            part(_share(count, figures), links.calls(tag=tag_key(name, value)), count),
        ]
        for (name, value), count in figures.tags.most_common()
        # without a value an address asks for any value of the tag
        if value and known.may_show(name) and known.may_show(value)
    ]
    return Table("tags", _("Calls by tag"), [_("Tag"), _("Value"), _("Calls"), _("Share of all")], rows)


def by_task(figures: Figures, links: Links, known: Known) -> Table:
    heads = [
        _("Task"),
        _("Dialled"),
        pgettext("calls", "Answered"),
        _("Rate"),
        _("Mean length"),
        _("Reviewed"),
        _("Score"),
        pgettext("reviews", "Failed"),
    ]
    commonest = sorted(figures.tasks.items(), key=lambda task: (-task[1][0].dialled, task[0]))
    rows = [
        [named(known.task(*task), FROM_CALLS), *_of_task(taken, reviewed, links.about(task))]
        for task, (taken, reviewed) in commonest
    ]
    return Table("tasks", _("Results by task"), heads, rows)


def by_criterion(figures: Figures, links: Links, known: Known) -> Table:
    heads = [_("Scorecard"), _("Criterion"), _("Fine"), pgettext("reviews", "Failed"), _("N/A"), _("Pass rate")]
    worst = sorted(figures.criteria, key=lambda each: (known.scorecard(each), each.pass_rate or 0.0, each.criterion))
    rows = []
    for each in worst:
        if not _can_fail(each, known):
            continue
        asked = {"scorecard": str(each.scorecard), "criterion": each.criterion}
        rows.append(
            [
                named(known.scorecard(each)),
                named(known.criterion(each)),
                counted(each.fine, links.reviews(**asked, negative="no")),
                counted(each.negative, links.reviews(**asked, negative="yes")),
                counted(each.na, links.reviews(**asked, negative="na")),
                part(each.pass_rate, links.reviews(**asked, negative="no"), each.fine),
            ]
        )
    return Table("criteria", _("Pass rate by criterion"), heads, rows)


def by_judged_intent(figures: Figures, links: Links, known: Known) -> Table:
    """A row for what the robot said, a column for what people heard; the last says how often both were the same."""
    pairs = {pair: count for pair, count in figures.intents.items() if known.may_show(pair[0])}
    # where the robot said nothing it was not wrong: the last row, without a share
    said = sorted({intent for intent, _judged in pairs}, key=lambda intent: (not intent, intent))
    heard = sorted({judged for _intent, judged in pairs})
    rows = []
    for intent in said:
        cells = [
            counted(pairs.get((intent, judged), 0), links.reviews(intent=intent or NO_INTENT, judged=judged))
            for judged in heard
        ]
        whole = sum(cell.count or 0 for cell in cells)
        same = sum(cell.count or 0 for cell, judged in zip(cells, heard, strict=True) if is_same(intent, judged))
        rows.append([named(intent or words.DASH, FROM_CALLS), *cells, part(same / whole if whole and intent else None)])
    heads = [_("Robot"), *heard, pgettext("intent", "Same")]
    return Table("judged", _("Intent: robot and people"), heads, rows)


def by_reviewer(figures: Figures, links: Links) -> Table:
    heads = [
        _("Reviewer"),
        pgettext("reviews", "Finished"),
        _("A day"),
        _("To the first play"),
        _("To the first answer"),
        _("To submitting"),
        _("In all"),
    ]
    rows = [[named(work.name), *_of_reviewer(work, links)] for work in figures.work]
    return Table("reviewers", _("Reviewers and their time"), heads, rows)


def is_same(intent: str, judged: str) -> bool:
    return intent.strip().casefold() == judged.strip().casefold()


def _taken(taken: Taken, links: Links) -> list[Cell]:
    answered = links.calls(result=CallResult.ANSWERED.value)
    return [
        counted(taken.dialled, links.calls()),
        counted(taken.answered, answered),
        part(taken.rate, answered, taken.answered),
    ]


def _of_task(taken: Taken, reviewed: Reviewed, links: Links) -> list[Cell]:
    failed = reviewed.failed / (reviewed.passed + reviewed.failed) if reviewed.passed + reviewed.failed else None
    return [
        *_taken(taken, links),
        length(taken.mean_seconds, links.calls(result=CallResult.ANSWERED.value), taken.answered),
        counted(reviewed.reviews, links.reviews()),
        mean(reviewed.mean, links.reviews(), reviewed.reviews),
        part(failed, links.reviews(passed="no"), reviewed.failed, is_bad=bool(failed)),
    ]


def _of_reviewer(work: Work, links: Links) -> list[Cell]:
    url = links.work(reviewer=str(work.reviewer))
    a_day = work.reviews / work.days if work.days else None
    return [
        counted(work.reviews, url),
        mean(a_day),
        *(length(seconds) for seconds in (work.to_play, work.to_answer, work.to_submit)),
        length(work.seconds, url, work.reviews),
    ]


def _can_fail(answered: Answered, known: Known) -> bool:
    """A text, and a choice without a wrong answer, pass always: that says nothing."""
    criterion = known.versions[answered.version].card.criterion(answered.criterion)
    if criterion is None:
        return True
    return any(option.is_negative for option in criterion.options) or criterion.passes_from is not None


def _result(result: str) -> str:
    return str(CallResult(result).label) if result in CallResult.values else result


def _share(count: int, figures: Figures) -> float | None:
    return count / figures.taken.dialled if figures.taken.dialled else None

"""The board for supervisors: what some days came to, and the way to the calls and reviews behind each figure."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from calls.exporting.cells import escaped
from calls.http import HtmxHttpRequest, page_or_part, user_of
from reviews.board import showing, tiles, words
from reviews.board.asking import PERIODS, BoardForm
from reviews.board.cells import Known, Table
from reviews.board.figures import Figures, figures_of
from reviews.board.links import Links
from reviews.board.tables import tables_of

TEMPLATE = "reviews/board.html"
# what the page shows of a table; its file has all of it
ROWS_SHOWN = 50
sees_board = permission_required("reviews.see_board", raise_exception=True)


@require_safe
@sees_board
@vary_on_headers("HX-Request")
def board(request: HtmxHttpRequest) -> HttpResponse:
    form = BoardForm(request.GET, user_of(request))
    figures, tables = _counted(request, form)
    context = {
        **_head(form, tables),
        **_drawn(form, figures, tables),
        "figures": figures,
        "tables": tables,
        "rows_shown": ROWS_SHOWN,
        "has_calls": figures.taken.dialled > 0,
        "has_reviews": figures.reviewed.reviews > 0,
    }
    return render(request, page_or_part(request, TEMPLATE, "board"), context)


@require_safe
@sees_board
def board_csv(request: HttpRequest, table: str) -> HttpResponse:
    form = BoardForm(request.GET, user_of(request))
    _figures, tables = _counted(request, form)
    if table not in tables:
        raise Http404
    period = form.question.period
    # the mark at the beginning is what Excel knows the encoding by
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="board-{table}-{period.first}-{period.last}.csv"'
    _write(response, tables[table])
    return response


def _counted(request: HttpRequest, form: BoardForm) -> tuple[Figures, dict[str, Table]]:
    user = user_of(request)
    figures = figures_of(user, form.question, afresh="afresh" in request.GET)
    known = Known.of(figures, form.task_names, may_see_numbers=user.has_perm("calls.view_numbers"))
    return figures, tables_of(figures, Links.of(form.question), known)


def _head(form: BoardForm, tables: dict[str, Table]) -> dict[str, Any]:
    question = form.question
    return {
        "form": form,
        "question": question,
        "task_name": form.task_names.get("/".join(question.task), ""),
        "left_out": form.left_out,
        "tabs": [(name, question.at(when).url(), when == question.when) for when, (name, _days) in PERIODS.items()],
        "afresh_url": question.url(afresh="1"),
        "query": question.query(),
    }


def _drawn(form: BoardForm, figures: Figures, tables: dict[str, Table]) -> dict[str, Any]:
    question = form.question
    return {
        "tiles": tiles.tiles(figures, Links.of(question)),
        "against": words.against(question.period),
        "days": showing.days_chart(tables["days"], question.period),
        "scores": showing.score_chart(tables["scores"], figures, question.period),
        "steps": showing.step_bars(tables["steps"]),
        "values": [
            (tables[key], showing.value_bars(tables[key])) for key in ("results", "intents", "tags") if tables[key].rows
        ],
        "criteria": showing.criterion_bars(tables["criteria"]),
        "matrix": showing.matrix(tables["judged"]),
    }


def _write(response: HttpResponse, table: Table) -> None:
    rows = csv.writer(response, lineterminator="\r\n")
    rows.writerow([escaped(str(head)) for head in table.heads])
    for row in table.rows:
        rows.writerow([escaped(cell.value) if isinstance(cell.value, str) else cell.value for cell in row])

"""The workers' door: takes nothing, and calls one function. Twice changes nothing."""

from __future__ import annotations

from celery import shared_task

from reviews.queues import drawing


@shared_task
def draw() -> None:
    drawing.fill_live()

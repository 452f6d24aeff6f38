from __future__ import annotations

from django.urls import URLPattern

from reviews import urls_board, urls_opinions, urls_queues, urls_review, urls_scorecards

urlpatterns: list[URLPattern] = [
    *urls_board.urlpatterns,
    *urls_opinions.urlpatterns,
    *urls_queues.urlpatterns,
    *urls_review.urlpatterns,
    *urls_scorecards.urlpatterns,
]

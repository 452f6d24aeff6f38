from __future__ import annotations

from django.urls import path

from reviews.views import review_list, scorecard_edit, scorecard_new, scorecard_preview, scorecards

urlpatterns = [
    path("scorecards/", scorecards.scorecard_list, name="scorecard_list"),
    path("scorecards/new", scorecard_new.scorecard_new, name="scorecard_new"),
    path("scorecards/import", scorecard_new.scorecard_import, name="scorecard_import"),
    path("scorecards/<int:pk>/", scorecards.scorecard_view, name="scorecard_view"),
    path("scorecards/<int:pk>/edit", scorecard_edit.scorecard_edit, name="scorecard_edit"),
    path("scorecards/<int:pk>/preview", scorecard_preview.scorecard_preview, name="scorecard_preview"),
    path("scorecards/<int:pk>/publish", scorecards.scorecard_publish, name="scorecard_publish"),
    path("scorecards/<int:pk>/retire", scorecards.scorecard_retire, name="scorecard_retire"),
    path("scorecards/<int:pk>/discard", scorecards.scorecard_discard, name="scorecard_discard"),
    path("scorecards/<int:pk>/export", scorecards.scorecard_export, name="scorecard_export"),
    path("reviews/", review_list.review_list, name="review_list"),
    path("reviews/export", review_list.review_export, name="review_export"),
    path("reviews/export/<int:pk>", review_list.review_export_file, name="review_export_file"),
]

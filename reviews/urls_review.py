"""The addresses of reviewing: one call, from opening to the last word."""

from __future__ import annotations

from django.urls import path

from reviews.views import review_settle, review_show, review_skip, review_steps, review_view

urlpatterns = [
    path("review/<int:item>/", review_view.review_view, name="review_view"),
    path("review/<int:item>/ahead", review_view.review_ahead, name="review_ahead"),
    path("review/<int:item>/draft", review_steps.review_draft, name="review_draft"),
    path("review/<int:item>/finish", review_steps.review_finish, name="review_finish"),
    path("review/<int:item>/settle", review_settle.review_settle, name="review_settle"),
    path("review/<int:item>/skip", review_skip.review_skip, name="review_skip"),
    path("review/<int:item>/hold", review_steps.review_hold, name="review_hold"),
    path("review/<int:item>/release", review_steps.review_release, name="review_release"),
    path("reviews/<int:pk>/", review_show.review_show, name="review_show"),
    path("reviews/<int:pk>/edit", review_view.review_edit, name="review_edit"),
    path("reviews/<int:review>/draft", review_steps.review_draft, name="review_draft"),
    path("reviews/<int:review>/finish", review_steps.review_finish, name="review_finish"),
    path("reviews/<int:pk>/undo", review_steps.review_undo, name="review_undo"),
    path("reviews/<int:pk>/reopen", review_show.review_reopen, name="review_reopen"),
    path("calls/<int:pk>/review", review_view.review_call, name="review_call"),
]

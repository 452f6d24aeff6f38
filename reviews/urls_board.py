from __future__ import annotations

from django.urls import path

from reviews.views import board

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/<slug:table>.csv", board.board_csv, name="board_csv"),
]

from __future__ import annotations

from django.urls import path

from reviews.views import picking, planning, queue, review_home

urlpatterns = [
    path("review/", review_home.review_home, name="review_home"),
    path("review/next", review_home.review_next, name="review_next"),
    path("queues/", queue.queue_list, name="queue_list"),
    path("queues/new", planning.queue_new, name="queue_new"),
    path("queues/add", picking.queue_add, name="queue_add"),
    path("queues/<int:pk>/", queue.queue_view, name="queue_view"),
    path("queues/<int:pk>/change", planning.queue_change, name="queue_change"),
    path("queues/<int:pk>/draw", queue.queue_draw, name="queue_draw"),
    path("queues/<int:pk>/state", queue.queue_state, name="queue_state"),
    path("queues/items/<int:pk>/back", queue.item_put_back, name="item_put_back"),
]

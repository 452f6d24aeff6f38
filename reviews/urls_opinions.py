from __future__ import annotations

from django.urls import path

from reviews.views import agreement, calibration, comment, dispute, label, people

urlpatterns = [
    path("calls/<int:pk>/people", people.call_people, name="call_people"),
    path("calls/<int:pk>/comments/", comment.comment_list, name="comment_list"),
    path("calls/<int:pk>/comments/new", comment.comment_new, name="comment_new"),
    path("calls/<int:pk>/labels", label.call_labels, name="call_labels"),
    path("comments/<int:pk>/delete", comment.comment_delete, name="comment_delete"),
    path("disputes/", dispute.dispute_list, name="dispute_list"),
    path("disputes/<int:pk>/", dispute.dispute_view, name="dispute_view"),
    path("disputes/<int:pk>/resolve", dispute.dispute_resolve, name="dispute_resolve"),
    path("disputes/<int:pk>/withdraw", dispute.dispute_withdraw, name="dispute_withdraw"),
    path("reviews/<int:pk>/dispute/<str:criterion>/", dispute.dispute_new, name="dispute_new"),
    path("calibrations/", calibration.calibration_list, name="calibration_list"),
    path("calibrations/new/", calibration.calibration_new, name="calibration_new"),
    path("calibrations/<int:pk>/", calibration.calibration_view, name="calibration_view"),
    path("calibrations/<int:pk>/end", calibration.calibration_end, name="calibration_end"),
    path("agreement/", agreement.agreement, name="agreement"),
    path("inbox/", comment.inbox, name="inbox"),
    path("inbox/count", comment.inbox_count, name="inbox_count"),
    path("inbox/read", comment.inbox_read, name="inbox_read"),
    path("labels/", label.label_list, name="label_list"),
    path("labels/<int:pk>/", label.label_change, name="label_change"),
]

from __future__ import annotations

from django.urls import path

from calls.views import activity, add_calls, call, call_task, payload, recording
from calls.views.call_list import call_list

urlpatterns = [
    path("", call_list, name="call_list"),
    path("calls/<int:pk>/", call.call_view, name="call_view"),
    path("calls/<int:pk>/refresh", call.call_refresh, name="call_refresh"),
    path("calls/<int:pk>/recording", recording.recording_view, name="recording_view"),
    path("calls/<int:pk>/recording/fetch", call.call_ask_recording, name="call_ask_recording"),
    path("calls/<int:pk>/answers/<int:revision>/", payload.payload_view, name="payload_view"),
    path("calls/<int:pk>/answers/<int:revision>/compare", payload.payload_compare, name="payload_compare"),
    path("tasks/", call_task.task_list, name="task_list"),
    path("tasks/update/", call_task.task_update, name="task_update"),
    path("tasks/updating/", call_task.task_updating, name="task_updating"),
    path("tasks/<int:pk>/", call_task.task_row, name="task_row"),
    path("tasks/<int:pk>/follow/", call_task.task_follow, name="task_follow"),
    path("tasks/<int:pk>/discover/", call_task.task_discover, name="task_discover"),
    path("add/", add_calls.add_calls, name="add_calls"),
    path("add/ids/<slug:source>/", add_calls.add_by_ids, name="add_by_ids"),
    path("add/<slug:token>/", add_calls.add_calls_plan, name="add_calls_plan"),
    path("add/<slug:token>/confirm/", add_calls.add_calls_confirm, name="add_calls_confirm"),
    path("add/<slug:token>/done/", add_calls.add_calls_done, name="add_calls_done"),
    path("activity/", activity.activity, name="activity"),
    path("activity/retry/", activity.retry_all, name="retry_all"),
    path("activity/<int:pk>/retry/", activity.job_retry, name="job_retry"),
    path("activity/<int:pk>/cancel/", activity.job_cancel, name="job_cancel"),
]

from calls.models.bulk_action import BulkAction
from calls.models.call import Absorbed, Call
from calls.models.call_task import CallTask
from calls.models.hearing import Hearing, TurnStart
from calls.models.job import Job
from calls.models.keys import KeyPreference
from calls.models.payload import Payload
from calls.models.recording import Recording
from calls.models.saved_view import ListPreference, SavedView
from calls.models.scope import TaskScope
from calls.models.search_index import SearchEntry, SearchState
from calls.models.tag import Tag
from calls.models.transcript import Transcript

__all__ = [
    "Absorbed",
    "BulkAction",
    "Call",
    "CallTask",
    "Hearing",
    "Job",
    "KeyPreference",
    "ListPreference",
    "Payload",
    "Recording",
    "SavedView",
    "SearchEntry",
    "SearchState",
    "Tag",
    "TaskScope",
    "Transcript",
    "TurnStart",
]

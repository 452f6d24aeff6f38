from calls.models.call import Absorbed, Call
from calls.models.call_task import CallTask
from calls.models.job import Job
from calls.models.payload import Payload
from calls.models.recording import Recording
from calls.models.tag import Tag
from calls.models.transcript import Transcript

__all__ = ["Absorbed", "Call", "CallTask", "Job", "Payload", "Recording", "Tag", "Transcript"]

from reviews.models.calibration import Calibration
from reviews.models.comment import Comment, Label, Labelled, Mention
from reviews.models.dispute import Dispute, Resolution
from reviews.models.queue import Queue, QueueItem
from reviews.models.review import Evidence, Mark, Review, ReviewEvent
from reviews.models.scorecard import Scorecard, ScorecardVersion

__all__ = [
    "Calibration",
    "Comment",
    "Dispute",
    "Evidence",
    "Label",
    "Labelled",
    "Mark",
    "Mention",
    "Queue",
    "QueueItem",
    "Resolution",
    "Review",
    "ReviewEvent",
    "Scorecard",
    "ScorecardVersion",
]

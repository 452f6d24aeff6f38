"""Something to review on the first day of the demo."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from reviews import ready
from reviews.models import Queue, ScorecardVersion
from reviews.queues.sampling import Stratum

COMPLAINTS = "q=投诉+OR+退款"


def install_demo_queue() -> Queue | None:
    """An open queue that draws from the calls as they come in; None when somebody has made one already."""
    with transaction.atomic():
        if Queue.objects.exists():
            return None
        version = ScorecardVersion.objects.published().order_by("scorecard").first() or ready.install()
        plan = [Stratum(_("Complaints"), 1.0, COMPLAINTS), Stratum(_("Every fifth call"), 0.2)]
        return Queue.objects.create(
            name=_("First look"),
            scorecard=version.scorecard,
            question="result=answered&transcript=yes",
            plan=[stratum.as_json() for stratum in plan],
            is_live=True,
        )

"""What others may listen to. `calls` knows nobody who does."""

from __future__ import annotations

from django.dispatch import Signal

# call, is_new: an answer made or changed the call; sent in the transaction that wrote it
call_changed = Signal()

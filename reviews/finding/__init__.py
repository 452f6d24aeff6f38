"""Which reviews a list shows, page by page, and what they come to."""

from reviews.finding.filters import ReviewFilterForm
from reviews.finding.paging import Page, page_of
from reviews.finding.summary import Summary, summary_of

__all__ = ["Page", "ReviewFilterForm", "Summary", "page_of", "summary_of"]

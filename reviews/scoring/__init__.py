"""What a scorecard is and what a score is: pure functions over frozen values. No Django models here."""

from reviews.scoring.card import Card, Condition, Criterion, Option, Section
from reviews.scoring.missing import missing_of
from reviews.scoring.score import Answer, Score, score_of

__all__ = ["Answer", "Card", "Condition", "Criterion", "Option", "Score", "Section", "missing_of", "score_of"]

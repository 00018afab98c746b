"""What other nouns may call of mutual aid."""

from yihui.cases.mutual_aid.enrolments import find_proposals
from yihui.cases.mutual_aid.proof import render_band

__all__ = ["find_proposals", "render_band"]

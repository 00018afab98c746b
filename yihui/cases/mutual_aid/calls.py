"""What other nouns may call of mutual aid."""

from yihui.cases.mutual_aid.proof import render_band

__all__ = ["render_band"]

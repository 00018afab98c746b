"""What other nouns may call of corrections."""

from yihui.cases.corrections.facts import (
    SOURCE,
    fact_path,
    fact_title,
    find_certified_fact,
    require_correctable,
)

__all__ = ["SOURCE", "fact_path", "fact_title", "find_certified_fact", "require_correctable"]

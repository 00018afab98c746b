"""Union organisations: their codes, what happened to them, and the tree of each day."""

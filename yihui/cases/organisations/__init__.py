"""Union organisations: the tree of any day, what happens to them, their pages and their codes for joining."""

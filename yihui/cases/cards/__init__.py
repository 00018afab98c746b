"""Members' cards: issued, blocked and replaced by officers, shown to their holders, verified by merchants."""

"""Members' points."""

"""Members' appeals against decisions, and the answers of officers."""

"""Decisions, grants and figures as members and officers read them: explanations, appeals, reports."""

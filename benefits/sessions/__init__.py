"""Courses, halls and childcare terms: a session is a rule whose quota are its places (docs/decisions/0054)."""

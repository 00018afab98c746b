"""Analyses that a planner begins on a page: each is one of the planning commands, with its options as fields."""

"""Mutual aid: policies, enrolments, claims and their payment."""

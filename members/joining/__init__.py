"""Requests to join: one person's way into an organisation, in three steps, and the review of it."""

"""Requests to join as officers review them: approve, refuse, show who asks, say who reviews, pass on what is late."""

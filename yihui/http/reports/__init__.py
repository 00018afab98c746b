"""Riders' reports and rests, and update notices about them."""

"""Draws that anybody can recompute."""

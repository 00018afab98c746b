"""Replay events through the rules in force and through a draft."""

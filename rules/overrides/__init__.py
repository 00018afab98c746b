"""Adaptations of a rule by lower levels, within what the rule allows."""

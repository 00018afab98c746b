"""Test cases that officers write for rules, and the rule lines that no case covers."""

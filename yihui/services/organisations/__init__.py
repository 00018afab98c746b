"""Organisations: the tree, pages, codes, polls and statistics."""

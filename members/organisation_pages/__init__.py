"""Organisations' pages (职工之家): what their officers write, each version of it, and which one is published."""

"""The books recomputed from their rows, or from an export."""

"""The hotline 12351: cases with their clocks, callers, articles of the knowledge base, and the three rates."""

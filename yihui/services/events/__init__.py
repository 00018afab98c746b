"""Events: what comes in, what is processed, what goes out, and what failed."""

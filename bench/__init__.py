"""What is measured: one module for each room, gathered by ``python -m bench``."""

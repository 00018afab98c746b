"""Case files of households in hardship, and visits with money."""

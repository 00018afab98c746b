"""Case files of households in hardship: reviews, measures, visits with money, photographs, and lines of income."""

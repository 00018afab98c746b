"""Case files of households in hardship: their history, who lives there, what was given on visits."""

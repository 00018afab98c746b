"""Members as officers know them: the list, the page that they decide from, and what is done to a membership."""

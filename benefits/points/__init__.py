"""Members' accounts of points: what they hold, spend and have earned."""

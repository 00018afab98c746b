"""Messages that other programs receive about each step, and the explanations of rulings."""

"""What stands before every request: who may ask, how much, how long, and which headers go back."""

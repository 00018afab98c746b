"""Money as officers handle it: each noun in a folder of its own, on the frame."""

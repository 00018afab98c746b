"""Cases of the hotline 12351, from the call to the call-back."""

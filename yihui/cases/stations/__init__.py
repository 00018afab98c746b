"""Stations of the register as officers and keepers change them."""

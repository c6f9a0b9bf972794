"""Telling people: what waits for them, in the product and by mail."""

"""Circulation: reading rounds, their receipts, and where a document is."""

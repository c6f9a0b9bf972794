"""Imprints: cleaned from a scan, taken from a drawing or drawn for a start, and kept sealed."""

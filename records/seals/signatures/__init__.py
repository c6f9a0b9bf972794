"""Signatures in PDFs: inspected in the cage, judged, explained and kept."""

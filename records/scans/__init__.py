"""Scanned papers: recognised, made searchable, and stacks of them split at separator sheets."""

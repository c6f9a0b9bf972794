"""The ways by which files come in by themselves, and what came in and became no document."""

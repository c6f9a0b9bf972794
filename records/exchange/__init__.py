"""Exchange: documents and books that come in many at once, and what leaves as files and tables."""

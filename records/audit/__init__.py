"""Audit: the timeline of a document, and the check that nothing is missing, extra or changed."""

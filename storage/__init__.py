"""Bytes: received once, encrypted, kept write-once, and given back as they came."""

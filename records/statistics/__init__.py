"""Statistics: how long things took, for a round and for a period."""

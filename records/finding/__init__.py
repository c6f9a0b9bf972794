"""Finding: the index that follows the log, and the search that asks it."""

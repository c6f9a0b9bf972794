"""What developers run from a checkout; never part of the product."""

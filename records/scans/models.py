"""Tables of recognition of scanned pages."""

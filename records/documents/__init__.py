"""Documents: their metadata, components, secrecy, grants, and the one rule of who sees what."""

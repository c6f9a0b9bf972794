"""Keys and certificates of seals, and the signature over a digest."""

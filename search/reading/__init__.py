"""Reading files: text, facts and page pictures, always inside the cage."""

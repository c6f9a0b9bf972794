"""Classification: the file plan, the tree that decides retention, unit and default secrecy."""

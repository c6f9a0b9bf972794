"""Words: what a file says, how it is indexed, and how a question finds it."""

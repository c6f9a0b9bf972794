"""The demo: a lively office with made-up people and documents, the same in every run."""

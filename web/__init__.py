"""Screens, the REST API and the command line."""

"""Documentation, and the program that makes its reference pages."""

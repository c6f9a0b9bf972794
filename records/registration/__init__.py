"""Registration: registers, their gap-free numbers, and the act that gives one to a document."""

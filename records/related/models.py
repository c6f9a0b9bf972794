"""Tables of cited numbers, threads of mail, signatures of texts."""

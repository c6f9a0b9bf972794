"""Where a document belongs: rules that the office writes, and what its own filings teach."""

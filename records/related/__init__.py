"""What belongs together: numbers that documents cite, threads of mail, near duplicates."""

"""What every topic stands on: settings, database, unit of work, log, errors, clock and jobs."""

"""Who works here: users, units, posts with their roles, groups, clearance, and signing in."""

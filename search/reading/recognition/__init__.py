"""What is written on pictures: turned upright, straightened, cleaned, recognised, repaired."""

"""Pages of PDFs: where imprints go, how they are laid into a file, what a page says of itself."""

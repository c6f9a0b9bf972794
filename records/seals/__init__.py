"""Seals: register, custody, requests, the seal book, and real signatures behind imprints."""

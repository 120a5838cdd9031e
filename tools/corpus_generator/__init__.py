"""A small grammar of Korean and English that composes parallel sentences."""

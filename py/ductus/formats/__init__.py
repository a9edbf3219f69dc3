"""Ink in files: reading and writing each format."""

"""Ink file formats: a parser and a renderer each."""

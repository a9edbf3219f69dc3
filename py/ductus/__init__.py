"""Ductus: a handwriting network in numpy, for the command line and for the browser alike."""

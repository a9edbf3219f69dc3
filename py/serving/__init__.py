"""The parts of serve.py: fetch the runtime, compile it, serve the page, build the site. Standard library only."""

"""What serve.py is made of: fetching the runtime and serving the page. Standard library only."""

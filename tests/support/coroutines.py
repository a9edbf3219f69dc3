"""Coroutines of the page's, driven in a test."""


def run(coroutine):
    """Drive a coroutine that never really waits. (No event loop: Playwright may be holding this thread's.)"""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the coroutine waited")

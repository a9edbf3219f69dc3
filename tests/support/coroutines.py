"""Run the page's coroutines in a test."""


def run(coroutine):
    """Run a coroutine that never waits. (Without an event loop: Playwright may be using this thread's.)"""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the coroutine waited")

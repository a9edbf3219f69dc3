"""A server of a test ends with its block, and so does its thread."""

import urllib.request

import pytest

from tests.conftest import ROOT
from tests.e2e.hosts import Host
from tests.support.servers import answering, running


def test_the_thread_ends_with_the_block_also_when_that_fails(tmp_path):
    (tmp_path / "index.html").write_text("a page")
    before = running()
    with pytest.raises(ZeroDivisionError), answering(Host(tmp_path)) as host:
        with urllib.request.urlopen(host.url) as answer:
            assert answer.read() == b"a page"
        (thread,) = set(running()) - set(before)
        raise ZeroDivisionError
    thread.join(5)
    assert not thread.is_alive() and running() == before


def test_no_test_starts_a_server_in_another_way():
    """What is left to serve a closed socket takes a core from all tests that follow."""
    files = [path for path in (ROOT / "tests").rglob("*.py") if ".serve_forever" in path.read_text(encoding="utf-8")]
    found = {path.relative_to(ROOT / "tests").as_posix() for path in files}
    # the benchmark's is a process of its own
    assert found == {"support/servers.py", "support/test_servers.py", "bench.py"}

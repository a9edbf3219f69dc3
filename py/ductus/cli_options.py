"""The arguments of the command line: names, types, limits and defaults."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ductus.analysis.cell_order import METRICS
from ductus.analysis.saliency import TARGETS
from ductus.analysis.tsne import TSNE
from ductus.formats.svg_page import PAPERS
from ductus.guidance import STRENGTH

MAX_COUNT = 1_000_000
MAX_TEMPERATURE = 100
READER = "weights/reader.jb64.gz"  # from the repository's root
HANDS = "weights/hands.json"
MAX_DRAWS = 100
MAX_GUIDANCE = 100


class BadInput(Exception):
    """Input that the user has to change; the message is one line."""


class Parser(argparse.ArgumentParser):
    """argparse that reports an error in one line, like every other error here."""

    def error(self, message: str):
        raise BadInput(f"{message} (see {self.prog} --help)")


def count(text: str) -> int:
    """Return a number from 0 to MAX_COUNT. Raise ValueError otherwise."""
    number = int(text)
    if not 0 <= number <= MAX_COUNT:
        raise ValueError
    return number


def positive(text: str) -> int:
    """Return a number from 1 to MAX_COUNT. Raise ValueError otherwise."""
    number = count(text)
    if not number:
        raise ValueError
    return number


def seed(text: str) -> int:
    """Return a seed of 64 bits. Raise ValueError otherwise."""
    number = int(text)
    if not 0 <= number < 2**64:
        raise ValueError
    return number


def temperature(text: str) -> float:
    """Return a temperature from 0 to MAX_TEMPERATURE. Raise ValueError otherwise."""
    number = float(text)
    if not 0 <= number <= MAX_TEMPERATURE:
        raise ValueError
    return number


def guidance(text: str) -> float:
    """Return a strength from 0 to MAX_GUIDANCE. Raise ValueError otherwise."""
    number = float(text)
    if not 0 <= number <= MAX_GUIDANCE:
        raise ValueError
    return number


def draws(text: str) -> int:
    """Return a number from 1 to MAX_DRAWS. Raise ValueError otherwise."""
    number = int(text)
    if not 1 <= number <= MAX_DRAWS:
        raise ValueError
    return number


def width(text: str) -> float:
    """Return the width of a row, 4 x-heights or more. Raise ValueError otherwise."""
    number = float(text)
    if not 4 <= number <= MAX_COUNT:
        raise ValueError
    return number


def parser(commands: dict[str, Callable], description: str) -> Parser:
    """Return the parser of these commands, name -> function; a parsed command's function is `options.run`."""
    top = Parser(prog="ductus", description=description.split("\n")[0])
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, ink: bool = False, weights: bool = True):
        run = commands[name]
        sub = subparsers.add_parser(name, help=run.__doc__, description=run.__doc__)
        sub.set_defaults(run=run)
        if weights:
            sub.add_argument("weights", metavar="WEIGHTS", help=".jb64, .jb64.gz, or the 2016 article's JSON")
        if ink:
            sub.add_argument("ink", metavar="INK", help="a file of ink; its content says of which form")
            sub.add_argument("--in-x-heights", action="store_true", help="the ink's unit is its x-height")
            sub.add_argument("--x-height", type=float, metavar="H", help="the ink's x-height in its own unit")
        return sub

    def raw(sub):
        sub.add_argument("--raw", action="store_true", help="resample by the pen clock (foreign ink always is)")

    def drawing(sub, steps: int):
        sub.add_argument("--steps", type=count, default=steps)
        sub.add_argument("--temperature", type=temperature, default=0.5)
        sub.add_argument("--seed", type=seed, default=0)

    def animate(sub):
        sub.add_argument("--animate", action="store_true", help="with OUT.svg: a drawing that writes itself")

    def sequence(sub):
        sub.add_argument("--sequence", type=count, default=0, metavar="I", help="which line of the ink, from 0")

    def intervene(sub):
        what = 'what to do to cells, such as "12,40-45:silence;7:clamp=1.5@120": silence, clamp=VALUE, flip or freeze'
        sub.add_argument("--intervene", default="", metavar="CELLS:ACTION@POINT;...", help=what)

    command("info")
    sub = command("convert")
    sub.add_argument("output", metavar="OUT.jb64")
    sub.add_argument("--quantise", action="store_true", help="store float32 matrices in 8 bits")
    sub = command("score", ink=True)
    raw(sub)
    intervene(sub)
    sub.add_argument("--per-line", action="store_true")
    sub.add_argument("--float64", action="store_true")
    sub = command("cells", ink=True)
    raw(sub)
    intervene(sub)
    sub.add_argument("-o", dest="output", required=True, metavar="OUT.npy")
    sub.add_argument("--lead-in", type=count, default=1, metavar="N", help="inputs of zeros before the ink")
    sub.add_argument("--float64", action="store_true")
    sub = command("write")
    drawing(sub, steps=600)
    sub.add_argument("--text", help="what to write, with a text network; it ends by itself, whatever --steps says")
    sub.add_argument("--prime", metavar="INK", help="with --text: ink to continue in the same hand")
    sub.add_argument("--says", help="what the ink of --prime says")
    sub.add_argument("--style", type=count, metavar="N", help="with --text: a hand of the file of styles, from 0")
    sub.add_argument("--styles", default=HANDS, metavar="FILE", help=f"the file of --style (default {HANDS})")
    sub.add_argument(
        "--guidance",
        type=guidance,
        default=STRENGTH,
        metavar="G",
        help="with --text: how strictly to keep to it; 0: not",
    )
    sub.add_argument(
        "--best", type=draws, default=1, metavar="N", help="with --text: the best of N draws, by a reader"
    )
    sub.add_argument("--reader", default=READER, metavar="WEIGHTS", help=f"the reader of --best (default {READER})")
    rows = sub.add_mutually_exclusive_group()
    rows.add_argument("--width", type=width, metavar="W", help="with --text: rows of at most W x-heights")
    rows.add_argument("--page", choices=PAPERS, help="with --text and OUT.svg: a page of rows, in millimetres")
    raw(sub)
    animate(sub)
    sub.add_argument("-o", dest="output", required=True, metavar="OUT.svg|.json|.inkml")
    sub = command("continue", ink=True)
    raw(sub)
    drawing(sub, steps=20)
    sub.add_argument("--samples", type=positive, default=10, metavar="K")
    sequence(sub)
    intervene(sub)
    sub.add_argument("-o", dest="output", metavar="OUT.json")
    sub = command("fan", ink=True)
    raw(sub)
    drawing(sub, steps=4)
    sub.add_argument("--samples", type=positive, default=50, metavar="K")
    sequence(sub)
    intervene(sub)
    sub.add_argument("-o", dest="output", required=True, metavar="OUT.npz")
    sub = command("ablate", ink=True)
    raw(sub)
    sequence(sub)
    sub.add_argument("--seed", type=seed, default=0, help="of the random sets of cells")
    sub.add_argument("-o", dest="output", required=True, metavar="OUT.json")
    sub = command("saliency", ink=True)
    raw(sub)
    sequence(sub)
    sub.add_argument("--point", type=count, required=True, metavar="N", help="whose prediction, from 0")
    sub.add_argument("--of", choices=TARGETS, default="point", help="the gradient of which number")
    sub.add_argument("--cell", type=count, default=0, metavar="J", help="with --of cell")
    sub.add_argument("--samples", type=positive, default=50, metavar="K", help="of the fan")
    sub.add_argument("--steps", type=positive, default=4, help="of the fan")
    sub.add_argument("--seed", type=seed, default=0)
    sub.add_argument("-o", dest="output", required=True, metavar="OUT.json")
    sub = command("order", weights=False)
    sub.add_argument("cells", metavar="CELLS.npy", nargs="+", help="from `cells`, one file per line")
    sub.add_argument("-o", dest="output", required=True, metavar="OUT.json")
    sub.add_argument("--metric", choices=METRICS, default="percentile", help="the distance of two cells")
    sub.add_argument("--perplexity", type=float, default=TSNE.perplexity, help="the effective number of neighbours")
    sub.add_argument("--iterations", type=count, default=TSNE.iterations, help="at most")
    sub.add_argument("--seed", type=seed, default=0)
    sub = command("read", ink=True, weights=False)
    raw(sub)
    sub.add_argument("--weights", default=READER, metavar="WEIGHTS", help=f"a reader (default {READER})")
    sub = command("resample", ink=True, weights=False)
    animate(sub)
    sub.add_argument("-o", dest="output", required=True, metavar="OUT")
    return top

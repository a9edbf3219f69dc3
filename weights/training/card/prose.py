"""The sections of the model card that a person wrote: where the ink comes from, what may be said, how to use it.

Facts about the data set and the numbers published by others are from the sources that the text names.
"""

from __future__ import annotations

from weights.training.card import measures
from weights.training.card.markdown import number, paragraphs, table


def data(report: dict) -> str:
    parts = report["model"]["training"]["parts"] if report["model"]["training"] else {}
    rows = [(name, *(f"{part[key]:,}" for key in ("writers", "rows", "points"))) for name, part in parts.items()]
    text = paragraphs(
        """Trained on UNIPEN train_r01_v07 (International Unipen Foundation, 1999) as published under CC BY 4.0,
        doi:10.5281/zenodo.1195803. Cite: I. Guyon, L. Schomaker, R. Plamondon, M. Liberman, S. Janet, "UNIPEN project
        of on-line data exchange and recognizer benchmarks", ICPR 1994, pp. 29-33.

        **A doubt.** The files of that data set still carry their notice of 1999: "permission is hereby granted to use
        the data for research purposes. it is not allowed to distribute this data for commercial purposes". The
        foundation's own site says that the set is freely available since summer 2011, and the CC BY 4.0 grant is the
        foundation's too, and later. We take the later grant to hold, but no lawyer has looked at it, and the page of
        the grant itself was not opened by those who wrote this. Therefore the weights are published, under CC BY 4.0
        with this attribution, and the ink never is; nor is any writer named. Anyone who needs certainty should ask
        the foundation.

        **Preparation.** Rows of running text, and single words of one writer joined to rows (their order and the gaps
        between them are ours, the ink is real). Whole writers only; broken contributors, boxed letters, program code,
        alphabets and rows that are not one plain row were left out. Each writer's x-height was taken from the middle
        vertical swing of the pen, rows were levelled by a robust line through the lower turning points, and every
        stroke was put through the *pen clock*: smoothed lightly, then cut in steps that are short in bends and long
        on straights (speed ~ curvature^(-1/3), the two-thirds power law), so that all tablets, and a reader's mouse,
        look alike. The real speed of the pen is gone. Lines have 150 to 900 points, about 27 to a letter.

        **Split by writer**, by a hash of the writer's number, never by line: no hand of the validation or test part
        was trained on. Validation chose the weights (the best average); the numbers below are of the test part unless
        they say otherwise; by that part nothing was chosen. Lines that occur twice were not looked for."""
    )
    return text + "\n\n" + table(("part", "writers", "lines", "points"), rows) if rows else text


def published(report: dict) -> str:
    part = report["likelihood"]
    unit, line = part["other_units"]["unit_variance"], part["by_line"]
    return paragraphs(
        f"""Nats a line or a point on IAM-OnDB (Graves 2013: a layer of 900 units, {number(-1026, 0)} nats a line; Ha,
        Dai, Le 2016, the same with augmentation and dropout, {number(-1055, 0)}; Chung, Ahn, Bengio 2016, an LSTM,
        {number(-1081, 0)}, about {number(-1.67, 2)} a point) depend on that data's length, sampling and scale. This
        network was measured on other ink, cut into points by geometry and not by time, at
        {number(unit["total"], 2)} nats a point at unit variance and {number(line["mean_points"], 0)} points a line.
        To say that it beats those numbers, or that they beat it, would be wrong.

        The 2016 article's network gains {number(measures.ARTICLE_GAIN, 2)} nats over the marginal baseline on
        the article's own lines, some of which it may have been trained on (its training had no validation split
        then). The gain is free of the unit, but not of the ink: smooth ink cut finely is easier to foretell. So this
        card makes no claim from the two gains side by side either."""
    )


def limits() -> str:
    return paragraphs(
        """Latin script only, from writers of the 1990s on tablets; two contributors are about a fifth of each file,
        so that some hands count more than others. No other script, no drawing, no mathematics; how many figures and
        signs there are in the ink was not counted. Left to itself it writes strings of letters, and words by
        accident: it has read no language and cannot be told what to write. It takes the guide lines of the page for
        the size of the letters: ink much larger or smaller than they say is strange to it.

        It knows nothing of the pen's speed or pressure. A line is at most some 900 points in training; beyond that
        it is on its own. It holds no more of a line than its state does, so a style fades or drifts.

        It imitates the manner of whoever is writing and must not be used to pass for their hand; it is a teaching
        instrument, no forger's and no identifier's."""
    )


def use(report: dict) -> str:
    name = report["model"]["name"]
    commands = f"""```sh
# what is in it, what it writes, and how well it foresees ink
PYTHONPATH=py python -m ductus info weights/{name}.jb64.gz
PYTHONPATH=py python -m ductus write weights/{name}.jb64.gz --temperature 0.5 --seed 0 -o line.svg
PYTHONPATH=py python -m ductus score weights/{name}.jb64.gz INK.inkml --raw
# your own: train (again to go on), export in 8 and in 32 bits, measure, draw, write this card
pip install -r tests/requirements.txt
pip install -r tests/requirements-training.txt
python -m weights.training.train --folder RUN --ink INK.npz ...
python -m weights.training.export --folder RUN -o weights/{name}.jb64.gz
python -m weights.training.export --folder RUN --float32 -o RUN/float32.jb64
python -m weights.training.styles weights/{name}.jb64.gz --ink INK.npz ...
python -m weights.training.evaluate weights/{name}.jb64.gz --float32 RUN/float32.jb64 \\
    --styles weights/styles.json --ink INK.npz ...
python -m weights.training.samples weights/{name}.jb64.gz
python -m weights.training.card weights/evaluation.json RUN/log.jsonl
# steadier by itself: a further run with jitter, begun with the first one's weights; then a share of the way to it
python -m weights.training.train --folder FURTHER --begin RUN --jitter 0.03 --jitter-share 0.3 \\
    --points 3e7 --learning-rate 6e-4 --ink INK.npz ...
python -m weights.training.export --folder FURTHER --begun RUN --share 0.4 -o weights/{name}.jb64.gz
```"""
    library = """```python
from ductus import weightfile
from ductus.model import Model

model = Model(weightfile.load("weights/NAME.jb64.gz"))
line = model.write(steps=400, temperature=0.5, seed=0)  # (400, 3): dx, dy, lift in model units
```""".replace("NAME", name)
    text = paragraphs(
        """An ink file is an `.npz` of `points` (N, 3) float32, dx, dy, lift in x-heights, y down; `offsets` (S + 1)
        integers, row s being points[offsets[s]:offsets[s + 1]]; and `writer` (S) integers, by which the rows are
        split. The page loads any file of these that lies at the same place under the same name."""
    )
    return f"{commands}\n\n{library}\n\n{text}"

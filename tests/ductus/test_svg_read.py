"""Ink from SVG, compared with svgelements, an independent implementation, and with shapes known by formula."""

import io

import numpy as np
import pytest
import svgelements
from hypothesis import given
from hypothesis import strategies as st

from ductus import cli
from ductus.formats import forms, json, safe_xml, svg, svg_path, svg_read
from ductus.formats import io as ink_files
from ductus.ink import InkError, to_strokes
from tests.ductus.test_x_height import garlands

XMLNS = 'xmlns="http://www.w3.org/2000/svg"'
# Something of everything that is read.
EVERYTHING = f"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg {XMLNS} width="100mm" height="50%" viewBox="0 0 200 100" preserveAspectRatio="xMinYMid slice" data-x-height="9">
<style>.a{{fill:none}}</style><defs><path id="p" d="M0 0"/></defs><title>All of it</title>
<g transform="translate(1,2) rotate(30 1 1) scale(2)" style="fill:none;stroke:#000" data-line="0">
<path d="M1 2L3 4h-.5.5V7c1 1 2 2 3-3S1 2 3 4q1 2 3 4T5 5a5 3 30 0110-.5A1 1 0 1 0 5,5zm1e0 1l2 2"/>
<line x1="1mm" y1="2%" x2="3"/><polyline points="1,2 3,4 5 6"/><polygon points="0 0 1 0 1 1"/></g>
<g transform="skewX(3)matrix(1 0 0 1 5 5)skewY(-2)" display="inline" data-line="1"><rect width="5" height="4" rx="1"/>
<circle r="3" visibility="hidden"/><ellipse rx="2" ry="1pt"/><use href="#p"/><text>words</text></g>
<svg x="1" viewBox="0 0 1 1"><path data-no-ink="" d="M0 0h1"/></svg></svg>"""
whole = st.integers(-20, 20).map(str)
odd = st.sampled_from([".5", "-.25", "1e1", "+2.5E-1"])
number = st.one_of(whole, st.floats(-20, 20).map(lambda x: f"{x:.3f}"), odd)
positive = st.floats(0.5, 9).map(lambda x: f"{x:.2f}")


def read(text):
    """Return what is read of a document."""
    return svg_read.from_tree(safe_xml.parse(text.encode()))


def strokes_of(text):
    return [stroke for line in read(text).sequences for stroke in line]


def document(body, attributes=""):
    return f"<svg {XMLNS} {attributes}>{body}</svg>"


# --- svgelements as the truth


def polylines_of(text, steps=20):
    """Return what svgelements draws: dense points (n, 2) along each subpath, in CSS pixels.

    Its own transformed arcs are approximate under a skew, so the points are transformed and not the arcs.
    """
    found = []
    for shape in svgelements.SVG.parse(io.StringIO(text), reify=False, ppi=96).elements():
        if not isinstance(shape, svgelements.Shape):
            continue
        a, b, c, d, e, f = (getattr(shape.transform, name) for name in "abcdef")
        found.append([])
        for segment in svgelements.Path(shape):
            if isinstance(segment, svgelements.Move):
                found.append([])
            elif segment.start is not None and segment.end is not None:
                points = segment.npoint(np.linspace(0, 1, steps + 1))
                found[-1].append(points @ [[a, b], [c, d]] + [e, f])
            if isinstance(segment, svgelements.Close):
                found.append([])
    return [np.concatenate(pieces) for pieces in found if pieces]


def farthest(points, line):
    """Return the largest distance of points (n, 2) from a polyline (m, 2)."""
    starts, steps = line[:-1], np.diff(line, axis=0)  # (m - 1, 2)
    if not len(steps):
        return np.hypot(*(points - line).T).max()
    squares = np.maximum((steps**2).sum(1), 1e-300)
    along = np.clip(((points[:, None] - starts) * steps).sum(2) / squares, 0, 1)  # (n, m - 1)
    nearest = starts + along[..., None] * steps
    return np.hypot(*np.moveaxis(points[:, None] - nearest, 2, 0)).min(1).max()


def assert_same_drawing(text):
    ours, theirs = strokes_of(text), polylines_of(text)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        # No piece is longer than the whole; the points of svgelements have chords too.
        length = np.hypot(*np.diff(other, axis=0).T).sum()
        tolerance = 2.5e-3 * length + 1e-5 * (1 + np.abs(other).max())
        assert farthest(mine, other) <= tolerance
        assert farthest(other, mine) <= tolerance
        np.testing.assert_allclose(mine[[0, -1]], other[[0, -1]], atol=1e-5 * (1 + np.abs(other).max()))


@st.composite
def path_data(draw):
    """Draw path data of every command, in the several ways of writing numbers one after another."""
    out, letter = ["M", draw(number), " ", draw(number)], "M"
    for _ in range(draw(st.integers(1, 6))):
        # T after a cubic curve and S after a quadratic one have a test of their own: svgelements reflects there too.
        letter = draw(st.sampled_from("LlHhVvAaZzMm" + ("QqTt" if letter in "QqTt" else "CcSsQq")))
        out.append(letter)
        for _ in range(draw(st.integers(1, 3)) if letter not in "Zz" else 0):
            if letter in "Aa":
                flags = draw(st.sampled_from(["00", "01", "10", "11", "0 1", "1,0", " 1 1"]))
                turn = draw(st.integers(0, 350))
                radii = draw(positive) + "," + draw(positive)
                out += [" ", radii, f" {turn} {flags}", draw(number), " ", draw(number)]
                continue
            count = {"H": 1, "V": 1, "C": 6, "S": 4, "Q": 4}.get(letter.upper(), 2)
            for _ in range(count):
                some = draw(number)
                gap = "" if some[0] in "+-" and draw(st.booleans()) else draw(st.sampled_from([" ", ",", " , "]))
                out += [gap, some]
    text = "".join(out)
    for letter in "LlHhVvCcSsQqTtAaMm":
        text = text.replace(letter + ",", letter).replace(letter + " ,", letter)
    return text


@given(path_data())
def test_every_command_is_drawn_as_svgelements_draws_it(data):
    assert_same_drawing(document(f'<path fill="none" d="{data}"/>'))


transforms = st.lists(
    st.one_of(
        st.tuples(number, number).map(lambda n: f"translate({n[0]},{n[1]})"),
        number.map(lambda n: f"translate({n})"),
        st.tuples(positive, positive).map(lambda n: f"scale({n[0]} {n[1]})"),
        positive.map(lambda n: f"scale({n})"),
        whole.map(lambda n: f"rotate({n})"),
        st.tuples(whole, whole, whole).map(lambda n: f"rotate({n[0]}, {n[1]}, {n[2]})"),
        whole.map(lambda n: f"skewX({n})"),
        whole.map(lambda n: f"skewY( {n} )"),
        st.tuples(positive, number, number, positive, number, number).map(lambda n: f"matrix({' '.join(n)})"),
    ),
    max_size=3,
).map(" ".join)

shapes = st.one_of(
    st.tuples(number, number, number, number).map(lambda n: '<line x1="{}" y1="{}" x2="{}" y2="{}"/>'.format(*n)),
    st.lists(st.tuples(number, number).map(",".join), min_size=2, max_size=6).map(
        lambda points: f'<polyline points="{" ".join(points)}"/>'
    ),
    st.lists(st.tuples(whole, whole).map(" ".join), min_size=3, max_size=6, unique=True).map(
        lambda points: f'<polygon points="{" ".join(points)}"/>'
    ),
    st.tuples(number, number, positive, positive).map(
        lambda n: '<rect x="{}" y="{}" width="{}" height="{}"/>'.format(*n)
    ),
    st.tuples(positive, positive, positive, positive).map(
        lambda n: '<rect width="{}" height="{}" rx="{}" ry="{}"/>'.format(*n)
    ),
    st.tuples(positive, positive).map(lambda n: f'<rect x="1mm" width="{n[0]}" height="2cm" rx="{n[1]}"/>'),
    st.tuples(number, number, positive).map(lambda n: '<circle cx="{}" cy="{}" r="{}"/>'.format(*n)),
    st.tuples(number, positive, positive).map(lambda n: '<ellipse cx="{}" rx="{}" ry="{}"/>'.format(*n)),
)


def with_transform(name, body, text):
    return f'<{name} transform="{text}">{body}</{name}>' if text else f"<{name}>{body}</{name}>"


def transformed(shape, text):
    return shape.replace("/>", f' transform="{text}"/>') if text else shape


@given(st.lists(st.tuples(shapes, transforms), min_size=1, max_size=4), transforms, transforms)
def test_shapes_under_transforms_are_drawn_as_svgelements_draws_them(some, outer, inner):
    body = "".join(transformed(*one) for one in some)
    assert_same_drawing(document(with_transform("g", body + with_transform("g", body, inner), outer)))


@pytest.mark.parametrize(
    "attributes",
    [
        'width="50mm" height="20mm" viewBox="0 0 100 40"',
        'width="3in" height="1in" viewBox="-5 -5 100 40"',
        'width="120" height="120" viewBox="0 0 100 40" preserveAspectRatio="xMinYMax meet"',
        'width="120" height="120" viewBox="0 0 100 40" preserveAspectRatio="xMaxYMin slice"',
        'width="120pt" height="9pc" viewBox="0 0 100 40" preserveAspectRatio="none"',
        'width="7cm" height="60px"',
    ],
)
def test_sizes_units_and_view_boxes_are_as_in_svgelements(attributes):
    body = '<path d="M0 0L10 10q20 3 40 0" transform="rotate(10)"/><line x1="1mm" y1="2pt" x2="0.3in" y2="1pc"/>'
    assert_same_drawing(document(body, attributes))


# --- known by formula


@pytest.mark.parametrize(
    ("data", "same"),
    [
        ("M0 0C1 2 3 4 5 5T9 9", "M0 0C1 2 3 4 5 5Q5 5 9 9"),
        ("M0 0L5 5T9 9 8 0", "M0 0L5 5Q5 5 9 9 13 13 8 0"),
        ("M0 0Q1 2 5 5S8 2 9 9", "M0 0Q1 2 5 5C5 5 8 2 9 9"),
        ("M0 0h5s3-3 4 4", "M0 0h5c0 0 3-3 4 4"),
        ("M1 1 2 2m1 1 1 1zl0 5", "M1 1L2 2M3 3L4 4L3 3M3 3L3 8"),
        ("M1 1a0 5 0 0 1 3 3a5 5 0 1 1 0 0", "M1 1L4 4"),
        ("M0 0a1 1 0 0 1 8 0", "M0 0a4 4 0 0 1 8 0"),
        ("M0 0a1 1 0 0110-.5.5.5", None),
    ],
)
def test_the_rules_between_commands(data, same):
    """As SVG 2 has them in 9.3.6 to 9.3.8 and 9.5."""
    if same is None:
        with pytest.raises(InkError, match="takes 7 numbers at a time, not 9"):
            read(document(f'<path d="{data}"/>'))
        return
    ours, expected = (strokes_of(document(f'<path d="{one}"/>')) for one in (data, same))
    assert len(ours) == len(expected)
    for stroke, other in zip(ours, expected, strict=True):
        np.testing.assert_allclose(stroke, other, atol=1e-9)


@pytest.mark.parametrize(
    ("length", "pixels"),
    [
        *[(text, 96) for text in ("1in", "25.4mm", "2.54cm", "72pt", "6pc", "101.6Q", "96px", "96")],
        *[("10%", 20), (" 1e1 ", 10), ("-.5", -0.5), ("2em", 32)],
    ],
)
def test_units(length, pixels):
    (stroke,) = strokes_of(document(f'<line x2="{length}"/>', 'width="200" height="50"'))
    assert stroke[-1] == pytest.approx([pixels, 0])


def test_a_drawing_in_millimetres_has_the_size_of_its_paper():
    (stroke,) = strokes_of(document('<path d="M0 0H100V50"/>', 'width="200mm" viewBox="0 0 100 50"'))
    np.testing.assert_allclose(stroke / 96 * 25.4, [[0, 0], [200, 0], [200, 100]], atol=1e-9)


def test_a_drawing_inside_a_drawing_has_its_own_place_and_scale():
    inner = '<svg x="10" y="5" width="20" height="20" viewBox="0 0 4 2"><line x1="50%" x2="4" y2="2"/></svg>'
    (stroke,) = strokes_of(document(inner, 'viewBox="0 0 100 100"'))
    np.testing.assert_allclose(stroke, [[20, 10], [30, 20]])  # 5 times, in the middle of its height


@pytest.mark.parametrize("radius", [0.01, 1.0, 1e5])
def test_a_circle_is_round(radius):
    (stroke,) = strokes_of(document(f'<circle cx="3" cy="4" r="{radius}"/>'))
    distances = np.hypot(*(stroke - [3, 4]).T)
    np.testing.assert_allclose(distances, radius, rtol=1e-5)
    np.testing.assert_allclose(stroke[[0, -1]], [[3 + radius, 4]] * 2)
    chords = np.hypot(*((stroke[1:] + stroke[:-1]) / 2 - [3, 4]).T)
    assert (radius - chords).max() < 1e-3 * radius


@given(st.lists(st.floats(-50, 50), min_size=8, max_size=8), st.floats(1e-3, 1e3))
def test_a_curve_stays_within_its_tolerance_at_any_scale(values, scale):
    """Compare with the curve itself, at a thousand of its times."""
    control = np.array(values).reshape(1, 4, 2) * scale
    points = svg_path.flatten(control, 1000)
    t = np.linspace(0, 1, 1000)[:, None]
    (p,) = control
    curve = (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
    length = np.hypot(*np.diff(p, axis=0).T).sum()
    assert farthest(curve, points) <= svg_path.TOLERANCE * length * 1.0001 + 1e-12
    assert len(points) <= 40


def test_dots_and_what_is_no_line():
    dots = strokes_of(document('<path d="M1 2h0M3 4zM5 6"/><line x1="7" x2="7"/>'))
    assert [stroke.tolist() for stroke in dots] == [[[1, 2]], [[3, 4]], [[7, 0]]]
    nothing = '<rect width="0" height="5"/><circle r="0"/><ellipse rx="1" ry="0"/><path d=""/><path/>'
    nothing += '<polyline points="1 1"/>'
    assert read(document(nothing)).sequences == []


# --- on the command line


def test_the_command_line_reads_it_and_says_what_was_left_out(tmp_path, capsys):
    ink = svg.render([garlands(), garlands()], 30.0).replace("</svg>", "<text>a</text></svg>")
    (tmp_path / "a.svg").write_text(ink)
    assert cli.main(["resample", str(tmp_path / "a.svg"), "-o", str(tmp_path / "b.npz")]) == 0
    said = capsys.readouterr()
    assert '"sequences": 2' in said.out
    assert said.err.endswith("a.svg: left out: <text>\n")
    (tmp_path / "a.svg").write_text(document('<path d="M0 0L1"/>'))
    assert cli.main(["resample", str(tmp_path / "a.svg"), "-o", str(tmp_path / "c.npz")]) == 2
    assert "<path> number 1: its command L at character 4" in capsys.readouterr().err
    assert not (tmp_path / "c.npz").exists()


# --- what is left out, and named


@pytest.mark.parametrize(
    ("body", "skipped"),
    [
        ('<text x="1">a</text><text/><image/>', "<text> (2), <image>"),
        ('<defs><path id="a" d="M0 0L1 1"/><text/></defs><use href="#a"/>', "<use>"),
        ('<g display="none"><line x2="1"/></g>', "hidden <g>"),
        ('<line x2="1" style="fill: red; display : none !important"/>', "hidden <line>"),
        ('<g visibility="hidden"><line x2="1"/><line x2="1" visibility="visible"/></g>', "hidden <line>"),
        ('<path d="M0 0L1 1 2 0" stroke="none"/>', "fill of <path> read as outline"),
        ('<g style="stroke:#000"><path d="M0 0L1 1 2 0"/></g>', ""),
        ('<g fill="none"><path d="M0 0L1 1 2 0"/></g>', ""),
        ("<style>.a{display:none}</style>", "a style sheet that hides or moves"),
        ('<line x2="1" style="transform:scale(2)"/>', "transform in the style of <line>"),
        ('<s:namedview xmlns:s="http://sodipodi"/><metadata>m</metadata><title>t</title>', ""),
    ],
)
def test_what_a_pen_does_not_draw_is_named(body, skipped):
    found = read(document('<line x2="5" y2="1"/>' + body))
    assert found.skipped == skipped
    assert found.sequences[0][0].tolist() == [[0, 0], [5, 1]]


def test_a_drawing_of_nothing_but_that_says_so():
    with pytest.raises(InkError, match="nothing in it that a pen draws, only <text>, <use>"):
        read(document("<text/><use/>"))


# --- errors name their place


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<path d="M0 0"/><path d="L1 1"/>', "<path> number 2: character 0: a path begins with M, not with L"),
        ('<path d=" x"/>', "<path> number 1: character 1: a path begins with M"),
        ('<path d="M0 0L1"/>', "its command L at character 4 takes 2 numbers at a time, not 1"),
        ('<path d="M0 0z1"/>', "its command z at character 4 takes 0 numbers at a time, not 1"),
        ('<path d="M0 0C1 1 2 2 3"/>', "its command C at character 4 takes 6 numbers at a time, not 5"),
        ('<path d="M0 0L1 1 2,,2"/>', "its command L at character 4: unexpected ',' at character 11"),
        ('<path d="M0 0L1 1 B2"/>', "unexpected 'B' at character 9"),
        ('<path d="M0 0a1 1 0 2 0 1 1"/>', "its command a at character 4: unexpected '2' at character 11"),
        ('<path d="M0 0L1e999 1"/>', "a number is larger than 1e+09"),
        ('<path d="M0 0LNaN 1"/>', "unexpected 'N'"),
        ('<path d="M0 0" transform="spin(3)"/>', "its transform 'spin(3)' cannot be read"),
        ('<path d="M0 0" transform="scale(1,2,3)"/>', "its transform 'scale(1,2,3)' cannot be read"),
        ('<line x2="1furlong"/>', "<line> number 1: '1furlong' is not a length"),
        ('<circle r="inf"/>', "'inf' is not a length"),
        ('<polyline points="1 2 3"/>', "its points are 3 numbers, not pairs"),
        ('<svg viewBox="1 2 3"/>', "<svg> number 2: its viewBox '1 2 3' has 3 numbers, not 4"),
        ('<g transform="scale(1e8)"><g transform="scale(1e8)"><line x2="1"/></g></g>', "a coordinate is too large"),
        ("<g>" * 40 + "</g>" * 40, "nested more than 32 deep"),
    ],
)
def test_faults_are_named(body, complaint):
    with pytest.raises(InkError) as caught:
        read(document(body))
    assert complaint in str(caught.value)


def test_sizes_are_bounded_before_memory_is_taken(monkeypatch):
    monkeypatch.setattr(svg_read, "MAX_POINTS", 100)
    monkeypatch.setattr(svg_read, "MAX_STROKES", 10)
    with pytest.raises(InkError, match=r"<path> number 1: (it has too many curves|.*more than \d+ numbers)"):
        read(document(f'<path d="M0 0{"l1 1" * 200}"/>'))
    with pytest.raises(InkError, match=r"<path> number 1: its curves have more than 100 points"):
        read(document(f'<path d="M0 0{"q1 9 2 0" * 90}"/>'))
    with pytest.raises(InkError, match=r"<line> number 11: the file has more than 10 strokes"):
        read(document('<line x2="1"/>' * 12))
    with pytest.raises(InkError, match="more than 200 numbers"):
        read(document(f'<polyline points="{"1 1 " * 500}"/>'))


def test_something_of_everything():
    found = read(EVERYTHING)
    assert [len(line) for line in found.sequences] == [5, 2]
    assert found.skipped == "hidden <circle>, <use>, <text>, <path> that is no ink"
    assert found.x_height == pytest.approx(9 * 100 / 25.4 * 96 / 200)


# --- our own drawings


def test_our_own_drawing_is_read_back_to_the_ink():
    """The same strokes of the same lines, to a two-hundredth of an x-height, at the stated x-height."""
    lines = [garlands(5, 1, 7.0), garlands(3, 0, 7.0), [np.array([[3.0, 4.0]])]]
    text = svg.render(lines, 7.0, "title", "description", [0.0, 0.0, 4.0])
    found = forms.parse(text.encode())
    assert found.coordinates and found.x_height == pytest.approx(7.0)
    assert [len(line) for line in found.sequences] == [5, 3, 1]
    assert found.skipped == "<path> that is no ink (3)"  # the guides
    for line, ink in zip(found.sequences, lines, strict=True):
        down = line[0][0] - ink[0][0]  # lines stand one below the other
        for stroke, own in zip(line, ink, strict=True):
            near = 7.0 / 200 if len(own) > 1 else 7.0 / 50  # a dot is drawn as a line that a plotter sees
            assert farthest(stroke - down, own) < near
            assert farthest(own, stroke - down) < near


def test_a_drawing_in_millimetres_states_its_x_height():
    layers = [svg.Layer(garlands(), "ink"), svg.Layer(garlands(3), "continuation-0", ink=False)]
    found = forms.parse(svg.render_layers(layers).encode())
    assert found.x_height == pytest.approx(svg.X_HEIGHT_MM * 96 / 25.4, rel=1e-2)
    assert [len(line) for line in found.sequences] == [12]
    for stroke, own in zip(found.sequences[0], garlands(), strict=True):
        assert farthest((stroke - found.sequences[0][0][0]) / found.x_height, own) < 0.02


def test_a_saved_line_loads_again_with_its_points(tmp_path):
    """Through the pen clock as any ink: a point more or less a stroke, at the same places."""
    ink = json.render_strokes(garlands(), 1.0).encode()
    (table,) = ink_files.load(ink, 3.24, raw=True)
    ink_files.save(tmp_path / "a.svg", table, 3.24)
    (again,) = ink_files.load(tmp_path / "a.svg", 3.24, raw=True)
    before, after = to_strokes(table), to_strokes(again)
    assert len(before) == len(after) == 12
    for one, other in zip(before, after, strict=True):
        assert abs(len(one) - len(other)) <= 1
        assert farthest(other - after[0][0], one - before[0][0]) < 0.05 * 3.24

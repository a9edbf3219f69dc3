"""Sliders, selects, buttons, keys: each changes the shared state or does one thing to a figure, and nothing else."""

import js

# name of a slider = name in the state -> (how its input's text becomes a number, how the number is shown)
SLIDERS = {
    "steps": (int, lambda value: f"{value} steps"),
    "temperature": (float, lambda value: f"{value:.2f}"),
    "samples": (int, str),
    "generation-temperature": (float, lambda value: f"{value:.2f}"),
    "generation-pace": (int, lambda value: f"{value} points/s"),
    "fans-samples": (int, str),
    "fans-steps": (int, lambda value: f"{value} step" + "s" * (value > 1)),
    "fans-temperature": (float, lambda value: f"{value:.2f}"),
    "ink-fans-samples": (int, str),
    "ink-fans-steps": (int, lambda value: f"{value} step" + "s" * (value > 1)),
    "ink-fans-temperature": (float, lambda value: f"{value:.2f}"),
    "cell-order-perplexity": (int, str),
    "beautify-strength": (float, lambda value: f"{value:.2f}"),
    "priming-points": (int, lambda value: f"{value} points"),
    "priming-temperature": (float, lambda value: f"{value:.2f}"),
}

# Seeds: inputs whose id is the name in the state.
SEEDS = ("seed", "generation-seed", "cell-order-seed", "fans-seed", "ink-fans-seed", "priming-seed")

# name in the state -> how the value of a select's option is read. Any number of selects may set one name: each says
# in data-state which.
SELECTS = {
    "fans-line": str,
    "style": int,
    "generation-style": int,
    "probing-quantity": str,
    "line": str,  # whose line the cells are shown of: the name of one of page.lines
    "cell-order-metric": str,
    "grid": str,  # how the squares of all cells lie: "lines" or "hilbert"
}


def element(name):
    """The page's element with this id."""
    return js.document.getElementById(name)


def values():
    """What the controls say now: the values that the state begins with."""
    found = {name: read(element(name).value) for name, (read, _) in SLIDERS.items()}
    for name in SEEDS:
        found[name] = int(element(name).value)
    for name in SELECTS:
        found[name] = SELECTS[name](_selects(name)[0].value)
    return found


def bind_sliders(state):
    """Each slider sets its value in the state at once, and shows it; so does each seed's field.

    What something else sets they show as well.
    """
    for name in SLIDERS:
        _bind_slider(state, name)
    for name in SEEDS:
        _bind_seed(state, name)


def _bind_seed(state, name):
    seed = element(name)

    def typed(event):
        text = seed.value
        if text.isdigit() and seed.checkValidity():
            state.set(name, int(text))

    def rolled(changed):
        if changed == name and js.document.activeElement != seed:
            seed.value = str(state[name])

    def left(event):
        seed.value = str(state[name])

    seed.addEventListener("input", typed)
    seed.addEventListener("blur", left)
    state.watch(rolled)


def _bind_slider(state, name):
    slider = element(name)
    read, show = SLIDERS[name]
    shown = js.document.querySelector(f"[data-value={name}]")

    def moved(event):
        value = read(slider.value)
        text = show(value)
        shown.textContent = text
        slider.setAttribute("aria-valuetext", text)
        if event:
            state.set(name, value)

    def changed(what):
        if what == name and read(slider.value) != state[name]:
            slider.value = str(state[name])
            moved(None)

    slider.addEventListener("input", moved)
    state.watch(changed)
    moved(None)


def bind_selects(state):
    """Each select sets its value in the state, and shows what it is when something else sets it."""
    for name in SELECTS:
        for select in _selects(name):
            _bind_select(state, name, select)


def _bind_select(state, name, select):
    read = SELECTS[name]

    def chosen(event):
        state.set(name, read(select.value))

    def changed(what):
        if what == name:
            select.value = str(state[name])

    select.addEventListener("change", chosen)
    state.watch(changed)


def _selects(name):
    found = js.document.querySelectorAll(f"select[data-state={name}]")
    return [found[i] for i in range(found.length)]


def bind_buttons(actions):
    """`actions` maps ids of buttons to what they do; they can be pressed from now on."""
    for name in actions:
        _bind_button(element(name), actions[name])


def _bind_button(button, action):
    button.addEventListener("click", lambda event: action())
    button.disabled = False


def bind_keys(figure, actions):
    """`actions` maps names of keys, such as " ", "ctrl+z" or "a", to what they do while the focus is in `figure`.

    A key is left alone where the focused control has a use for it itself.
    """

    def pressed(event):
        tag = event.target.tagName
        command = event.ctrlKey or event.metaKey
        if event.altKey or (tag == "INPUT" and (command or event.target.type == "number")):
            return
        if event.key == " " and tag in ("BUTTON", "A"):
            return
        name = event.key.lower()
        if command:
            name = "ctrl+" + ("shift+" if event.shiftKey else "") + name
        action = actions.get(name)
        if action:
            event.preventDefault()
            action()

    figure.addEventListener("keydown", pressed)

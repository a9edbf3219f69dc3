"""Sliders, selects, buttons, keys: each changes the shared state or does one thing to a figure, and nothing else."""

import js

from page.settings import SETTINGS


def element(name):
    """Return the page's element with this id, or None."""
    return js.document.getElementById(name)


def bind_settings(state):
    """Bind every control on the page to its setting: it shows the state's value, and changes it.

    The input of a setting has its name as id, radio buttons as name; selects, of which there may be several, have it
    in data-state. Bounds and steps come from `page.settings`. A setting without any control keeps its value.
    """
    for setting in SETTINGS:
        control = element(setting.name)
        if control and control.tagName == "INPUT":
            _bind_input(state, setting, control)
        selects = js.document.querySelectorAll(f"select[data-state={setting.name}]")
        for i in range(selects.length):
            _bind_select(state, setting, selects[i])
        radios = js.document.querySelectorAll(f"input[type=radio][name={setting.name}]")
        for i in range(radios.length):
            _bind_radio(state, setting.name, radios[i])


def _bind_input(state, setting, control):
    if control.type == "checkbox":
        _bind_checkbox(state, setting.name, control)
        return
    control.min, control.max, control.step = str(setting.low), str(setting.high), str(setting.step)
    control.defaultValue = str(setting.default)
    control.value = str(state[setting.name])
    if control.type == "range":
        _bind_slider(state, setting, control)
    else:
        _bind_seed(state, setting.name, control)
    control.disabled = False


def _bind_seed(state, name, field):
    def typed(event):
        if field.value.isdigit() and field.checkValidity():
            state.set(name, int(field.value))

    def changed(what):
        if what == name and js.document.activeElement != field:
            field.value = str(state[name])

    def left(event):
        field.value = str(state[name])

    field.addEventListener("input", typed)
    field.addEventListener("blur", left)
    state.watch(changed)


def _bind_checkbox(state, name, box):
    def changed(what):
        if what == name:
            box.checked = state[name]

    box.addEventListener("change", lambda event: state.set(name, box.checked))
    state.watch(changed)
    changed(name)
    box.disabled = False


def _bind_slider(state, setting, slider):
    name = setting.name
    shown = js.document.querySelector(f"[data-value={name}]")

    def show():
        text = setting.show(setting.read(slider.value))
        shown.textContent = text
        slider.setAttribute("aria-valuetext", text)

    def moved(event):
        show()
        state.set(name, setting.read(slider.value))

    def changed(what):
        if what == name and setting.read(slider.value) != state[name]:
            slider.value = str(state[name])
            show()

    slider.addEventListener("input", moved)
    state.watch(changed)
    show()


def _bind_select(state, setting, select):
    name = setting.name

    def chosen(event):
        state.set(name, setting.read(select.value))

    def changed(what):
        if what == name:
            select.value = str(state[name])

    select.addEventListener("change", chosen)
    state.watch(changed)


def _bind_radio(state, name, radio):
    def chosen(event):
        state.set(name, radio.value)

    def changed(what):
        if what == name:
            radio.checked = radio.value == state[name]

    radio.addEventListener("change", chosen)
    state.watch(changed)
    changed(name)


def bind_buttons(actions):
    """Bind buttons, by their ids, to what they do, and enable them."""
    for name in actions:
        _bind_button(element(name), actions[name])


def _bind_button(button, action):
    button.addEventListener("click", lambda event: action())
    button.disabled = False


def bind_keys(figure, actions):
    """Bind keys, such as " ", "ctrl+z" or "a", to what they do while the focus is in `figure`.

    A key that the focused control uses itself is left to it.
    """

    def pressed(event):
        tag = event.target.tagName
        command = event.ctrlKey or event.metaKey
        typing = tag == "TEXTAREA" or (tag == "INPUT" and event.target.type in ("number", "text"))
        if event.altKey or typing or (tag == "INPUT" and command):
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

"""The workbench of the cells: ink, heatmap by number or sorted, and what its families track."""

from page import intervention_text
from page.figures import intervention_file
from page.figures.cell_order import CellOrder
from page.files import exports
from page.files.save_menu import Menu
from page.ui import controls


def create(element, context):
    """Make the figure of the cells."""
    state = context.state
    figure = CellOrder(element, context.worker, state, context.columns)
    context.cells_view = figure.heatmap.view
    drawer = controls.element("change-cells")

    def changed(name):
        if name == "interventions" and state["interventions"] != intervention_text.NONE:
            drawer.open = True

    state.watch(changed)
    controls.bind_buttons({"cell-order-sort": figure.press, "cell-order-new-sample": figure.new_sample})

    def name():
        order = "" if state["cells-order"] == "number" else f"sorted-seed{state['cell-order-seed']}-"
        return f"cells-{order}" + exports.line_in_use(state)

    items = exports.pictures(element, name)
    items.append(intervention_file.item(state, context.columns, context.worker))
    Menu(element, items)
    return figure

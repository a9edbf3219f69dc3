"""The changes of cells as a file: what was changed, and what it changes."""

import js
from jsffi import to_js
from shims import save

from page import intervention_text
from page.files import exports
from page.worker_client import priority_lock

FILE = "ductus-changed-cells.json"


def item(state, store, worker):
    """Return the item of a save menu that writes them as JSON."""

    async def write():
        text, line = state["interventions"], store.wanted()
        if text == intervention_text.NONE or line is None:
            return "No cells are changed."
        name, point = store.name(), max(0, min(state["step"], line.count - 1))
        asked = {"samples": state["fans-samples"], "steps": state["fans-steps"], "seed": state["fans-seed"]}
        asked["temperature"] = state["fans-temperature"]
        where = {"line": name, "point": point, "interventions": text}
        where.update(asked)
        fans = await worker.run_task("intervention.fans", where, priority=priority_lock.NEAR)
        arguments = {"line": name, "interventions": text}
        costs = await worker.run_task("intervention.nats", arguments, priority=priority_lock.NEAR)
        report = {"format": "ductus changed cells 1", "interventions": text, "point": point, "points": line.count}
        report.update(asked)
        report["nats"] = {"before": list(costs.before), "after": list(costs.after)}
        report["lift_chance"] = {"before": fans.chances[0], "after": fans.chances[1]}
        report["fan"] = {"before": list(fans.before), "after": list(fans.after)}
        save.file(js.JSON.stringify(to_js(report)), exports.TYPES["json"], FILE)
        return f"Saved as {FILE}."

    return ("JSON", "the changed cells, and what changes", write)

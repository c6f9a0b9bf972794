"""A walk through everything that the interface does with the register of seals."""

from collections.abc import Callable
from typing import Any

ENTRY: dict[str, Any] = {
    "code": "HT",
    "name": "Contract seal",
    "kind": "contract",
    "shape": "round",
    "width_mm": 42,
    "issuer": "City police",
    "unit": "finance",
    "start_on": "2026-01-01",
    "check_every_months": 6,
}


def keep_seals(ask: Callable[..., Any]) -> None:
    """Call every endpoint of the register, with success and with some of its refusals."""
    made = ask("admin", "POST", "/seals", json=ENTRY)
    ask("admin", "POST", "/seals", json=ENTRY)
    path, why = f"/seals/{made['id']}", {"reason": "Reorganized"}
    ask("admin", "GET", "/seals?state=in_use")
    ask("admin", "GET", "/seals?state=none")
    ask("leader", "GET", "/seals/usable")
    ask("admin", "GET", path)
    ask("stranger", "GET", path)
    ask("admin", "PATCH", path, json={"material": "Copper"})
    ask("admin", "PATCH", path, json={"material": "Copper"}, headers={"If-Match": "*"})
    steps = [{"approver": "seal_leader", "when_matter": "contract", "when_outside": True}]
    ask("admin", "PUT", f"{path}/rule", json={"steps": steps})
    ask("admin", "PUT", f"{path}/imprint", json={"picture": "!"})
    ask("admin", "GET", f"{path}/imprint")
    ask("admin", "PUT", f"{path}/imprint", json={"drawn": True})
    ask("admin", "GET", f"{path}/imprint")
    people = {"taker": "keeper", "witness": "clerk", "reason": "First keeper"}
    handover = ask("admin", "POST", f"{path}/handovers", json=people)["id"]
    ask("clerk", "GET", "/seal-handovers")
    ask("admin", "GET", f"/seal-handovers/{handover}")
    ask("admin", "GET", path)
    ask("clerk", "POST", f"/seal-handovers/{handover}/confirm", json={})
    ask("stranger", "POST", f"/seal-handovers/{handover}/confirm", json={})
    ask("admin", "POST", f"/seal-handovers/{handover}/cancel", json={})
    ask("admin", "GET", "/seal-checks/list?due=false")
    finding = {"seal": made["id"], "result": "present"}
    ask("admin", "POST", "/seal-checks", json={"findings": [finding]})
    ask("leader", "POST", f"{path}/loss", json=why)
    ask("leader", "POST", f"{path}/loss", json=why)
    ask("admin", "POST", f"{path}/withdrawal", json=why)
    ask("admin", "POST", f"{path}/reinstatement", json=why)
    ask("admin", "POST", f"{path}/destruction", json={**why, "witness": "Officer Chen"})

"""Rules of filing of the demo office: what its archivist knows beforehand."""

from records.core.database import UnitOfWork
from records.filing.keeping import RuleFacts, add_rule
from records.people.actors import actor_by_login

ARCHIVIST = "chenjing"
RULES = (
    RuleFacts("市审计局来文归审计类", sender="审计局", class_code="1.5", unit="finance"),
    RuleFacts("部门预算文件", words="部门预算", number_prefix="财预", class_code="4.1"),
    RuleFacts("Invitations and visits", words="invitation", class_code="2.5", unit="archives"),
    RuleFacts("Letters about old maps", words="maps", class_code="2.3", active=False),
)


def write_rules(uow: UnitOfWork) -> None:
    """Write the rules."""
    archivist = actor_by_login(uow, ARCHIVIST)
    for each in RULES:
        add_rule(uow, archivist, each)

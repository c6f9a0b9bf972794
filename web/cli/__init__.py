"""The command line: one command with a dozen verbs, each a thin boundary around a service.

Modules are loaded when their verb is used, so that `chancery --help` and short commands start fast
and a process holds only what it needs.
"""

from web.cli.frame import Commands

COMMANDS = {
    "init": "web.cli.setting_up",
    "doctor": "web.cli.doctor",
    "serve": "web.cli.serving",
    "worker": "web.cli.serving",
    "demo": "web.cli.demo",
    "user": "web.cli.people",
    "unit": "web.cli.people",
    "token": "web.cli.people",
    "register": "web.cli.registers",
    "import": "web.cli.intake",
    "import-book": "web.cli.intake",
    "face": "web.cli.face",
    "export": "web.cli.archive",
    "search": "web.cli.archive",
    "reindex": "web.cli.archive",
    "filing": "web.cli.filing",
    "verify": "web.cli.archive",
    "backup": "web.cli.backup",
    "restore": "web.cli.backup",
    "keys": "web.cli.keys",
    "log": "web.cli.log",
    "receipt": "web.cli.receipts",
    "seal": "web.cli.seals",
}

main = Commands(
    "chancery",
    modules=COMMANDS,
    help="Receive, number, file, find and answer for an organization's documents.",
)

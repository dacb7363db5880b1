"""`salesgoals send …` as it is typed; what it does is in `salesgoals_kit.run.send`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from salesgoals_kit.cli.options import PARAMS, CompanyFile


def send(
    period: Annotated[
        Optional[list[str]],  # noqa: UP045 (typer reads the older form)
        typer.Option("--period", help="Reports of this period, however old; repeatable. Else the latest are sent."),
    ] = None,
    template: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--template", help="baseline, goal_setting, strategy, tracking or review; repeatable."),
    ] = None,
    only: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--only", metavar="TEAM", help="Only this team's; _company: the company's."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would get what.")] = False,
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--to", metavar="DIR", help="Write the mails as .eml files there, and send nothing."),
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Only say how the mails stand.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The status as JSON.")] = False,
    retry_uncertain: Annotated[
        bool, typer.Option("--retry-uncertain", help="Send again what may or may not have arrived.")
    ] = False,
    retry_parked: Annotated[bool, typer.Option("--retry-parked", help="Send again what was refused.")] = False,
    company: CompanyFile = PARAMS,
) -> None:
    """Mail the latest reports to whom they belong, each once; 1 where a mail has not gone out.

    The mail server is named by SALESGOALS_SMTP_URL, as smtp://user:password@host:587 or smtps://user:password@host.
    """
    from salesgoals_kit.run.outgoing import Asked
    from salesgoals_kit.run.send import How
    from salesgoals_kit.run.send import send as send_mails
    from salesgoals_kit.run.send import status as mail_status

    asked = Asked(tuple(period or ()), tuple(template or ()), only)
    released = [state for state, wanted in (("uncertain", retry_uncertain), ("parked", retry_parked)) if wanted]
    if as_json and not status:
        raise typer.BadParameter("goes with --status alone", param_hint="--json")
    if sum(map(bool, (dry_run, to, status, released))) > 1:
        raise typer.BadParameter("only one of --dry-run, --to, --status and --retry-… can be done at a time")
    if status:
        typer.echo(mail_status(company, as_json=as_json))
        return
    if not send_mails(company, asked, How(dry_run, to, released), typer.echo):
        raise typer.Exit(1)

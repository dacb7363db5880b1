"""`salesgoals schedule …`: a ready file that runs `salesgoals due` every day."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from salesgoals_kit.cli.options import PARAMS, At, CompanyFile, Jobs

schedule = typer.Typer(no_args_is_help=True, help="A ready file that runs `salesgoals due` every day.")


@schedule.command("cron")
def schedule_cron(at: At = "05:00", jobs: Jobs = 1, company: CompanyFile = PARAMS) -> None:
    """Print lines for a crontab that run `salesgoals due` every day."""
    from salesgoals_kit.run.schedule import cron_text

    typer.echo(cron_text(company, at=at, jobs=jobs), nl=False)


@schedule.command("systemd")
def schedule_systemd(
    at: At = "05:00",
    jobs: Jobs = 1,
    to: Annotated[Optional[Path], typer.Option("--to", metavar="DIR", help="Write the two files there.")] = None,  # noqa: UP045
    company: CompanyFile = PARAMS,
) -> None:
    """Print the service and the timer for systemd, or write them as two files."""
    from salesgoals_kit.run.schedule import systemd_text, systemd_units, write_units

    units = systemd_units(company, at=at, jobs=jobs)
    if to is None:
        typer.echo(systemd_text(units), nl=False)
        return
    for path in write_units(units, to):
        typer.echo(f"wrote {path}")

"""What several commands take, and how they end."""

from __future__ import annotations

from typing import Annotated

import typer

CompanyFile = Annotated[str, typer.Option("--company", metavar="FILE", help="The company file.")]
At = Annotated[str, typer.Option("--at", metavar="HH:MM", help="The time of day.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Notebooks run at the same time.")]
Pdf = Annotated[bool, typer.Option("--pdf", help="Print the pages to PDF as well, by a Chromium that is installed.")]
PARAMS = "params/company.yaml"


def judged(lines: list[str], smart: bool) -> None:
    """Print the lines of a verdict; 3 where a goal is not SMART."""
    for line in lines:
        typer.echo(line)
    if not smart:
        raise typer.Exit(3)


def ended(failed: int) -> None:
    """1, and where to look, if reports failed."""
    if failed:
        typer.echo(f"{failed} of the reports failed; the index says why.", err=True)
        raise typer.Exit(1)

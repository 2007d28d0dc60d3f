"""What all commands share: how a workspace is named, how pass phrases are asked for, how results and refusals look.

Refusals go to stderr as one sentence and end with 1; wrong usage ends with 2 (click's own).
"""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from appliance.errors import StallboxError
from provisioning import workspace as places
from provisioning.hashing import Advance
from provisioning.keys import Keyring, mode_warning
from provisioning.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


class Refused(click.ClickException):
    """A refusal as the person at the terminal sees it."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what the product refuses into a sentence; anything else is a fault of ours and shows its traceback."""
    try:
        yield
    except StallboxError as error:
        raise Refused(error.detail) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise Refused(f"{error.filename}: {error.strerror}.") from error


class OrganizerGroup(click.Group):
    """A group of commands that refuse in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        with refusals():
            return super().invoke(ctx)


def now() -> int:
    """Unix seconds of this computer's clock, which is the one that papers are dated by."""
    return int(time.time())


def workspace_option(command: F) -> F:
    """`--workspace DIR`; the command receives `workspace: Workspace`."""
    return click.option(
        "--workspace",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        callback=_find_workspace,
        help=f"The workspace; else ${places.VARIABLE}, else the nearest one above this folder.",
    )(command)


def _find_workspace(ctx: click.Context, _: click.Parameter, value: Path | None) -> Workspace:
    named: Path | None = value or ctx.find_root().params.get("workspace")
    return places.find(named, os.environ, Path.cwd())


def json_option(command: F) -> F:
    """`--json`; the command receives `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as one JSON object.")(command)


def passphrase_file_option(command: F) -> F:
    """`--passphrase-file`; the command receives `passphrase_file: Path | None`."""
    return click.option(
        "--passphrase-file",
        metavar="FILE",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Read the pass phrase from the first line of FILE instead of asking.",
    )(command)


def new_key_options(command: F) -> F:
    """As `passphrase_file_option`, and `--no-passphrase` → `no_passphrase: bool`."""
    flag = click.option("--no-passphrase", is_flag=True, help="Leave the new key without a pass phrase.")
    return passphrase_file_option(flag(command))


def new_passphrase(file: Path | None, none: bool, what: str) -> str | None:
    """The pass phrase of a new key, asked for twice; None, with a warning, where none is wanted."""
    if file is not None and none:
        raise click.UsageError("Give --passphrase-file or --no-passphrase, not both.")
    if warning := mode_warning():
        warn(warning)
    if none:
        warn(f"No pass phrase for {what}: whoever copies the file can sign in your name.")
        return None
    phrase = _first_line(file) if file is not None else _ask_new(what)
    if not phrase:
        raise Refused("The pass phrase is empty: choose one, or say --no-passphrase.")
    return phrase


def _ask_new(what: str) -> str:
    return _ask_hidden(f"Pass phrase for {what}", "--passphrase-file, or say --no-passphrase", twice=True)


def _ask_hidden(question: str, instead: str, *, twice: bool = False) -> str:
    """Asks without showing what is typed. Refused, naming options to use `instead`, where there is no terminal."""
    again = "Once more" if twice else False
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return str(click.prompt(question, hide_input=True, confirmation_prompt=again, err=True))
        except getpass.GetPassWarning as warning:
            raise Refused(f"Nobody is here to type the pass phrase: give it with {instead}.") from warning


def keyring(file: Path | None) -> Keyring:
    """Opens keys with the pass phrase in the file, else by asking."""

    def ask(name: str) -> str:
        if file is not None:
            return _first_line(file)
        return _ask_hidden(f"Pass phrase of {name}", "--passphrase-file")

    return Keyring(ask)


def _first_line(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0].rstrip("\r")


def say(text: str) -> None:
    click.echo(text)


def warn(text: str) -> None:
    click.secho(text, fg="yellow", err=True)


def answer(as_json: bool, value: Mapping[str, object], *sentences: str) -> None:
    """The result: for a script one JSON object, for a person the sentences."""
    if as_json:
        say(json.dumps(value, ensure_ascii=False))
        return
    for sentence in sentences:
        say(sentence)


def progress(what: str, total: int) -> AbstractContextManager[Advance]:
    """A bar on a terminal, silence elsewhere; what it yields takes the bytes done since the last call."""
    return _bar(what, total, DownloadColumn(), TimeRemainingColumn())


def counted(what: str, total: int) -> AbstractContextManager[Advance]:
    """As `progress`, for things that are counted."""
    return _bar(what, total, MofNCompleteColumn())


@contextmanager
def _bar(what: str, total: int, *columns: ProgressColumn) -> Iterator[Advance]:
    console = Console(file=sys.stderr)
    head = (TextColumn("{task.description}"), BarColumn())
    with Progress(*head, *columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)

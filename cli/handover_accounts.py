"""`./launch checklist accounts`: asks who owns each account, who else can sign in, and how."""

from __future__ import annotations

from typing import Annotated

import typer

from checklists import accounts, record
from checklists.accounts import AnswerError, Known
from cli.options import Stack, home_of
from cli.results import document, store_of, write_handover
from cli.terminal import Terminal
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("accounts", epilog="Example: ./launch checklist accounts registrar --stack prod")(ask)


def ask(
    account: Annotated[str | None, typer.Argument(help="Ask about this account alone.")] = None, stack: Stack = LOCAL
) -> None:
    """Ask who owns each account; Enter keeps what is known. Answers are names and ways, never secrets."""
    show, home = Terminal(), home_of(stack)
    made, store = document(home, is_fresh=True), store_of(home)
    for one in _chosen(made.accounts, account):
        show.note(f"{one.account.name}: {one.account.purpose}")
        record.answer(store, one.account.id, _answered(one, show))
    made = document(home)
    page, _ = write_handover(home, made)
    left = accounts.missing(made.accounts)
    show.note(f"{left} answers are still missing. The document: {page}" if left else f"Complete. The document: {page}")


def _chosen(known: tuple[Known, ...], account: str | None) -> tuple[Known, ...]:
    chosen = tuple(one for one in known if account in (None, one.account.id))
    if not chosen:
        names = ", ".join(one.account.id for one in known)
        raise LaunchError(f"There is no account {account}.", cure=f"They are {names}.", code=USAGE)
    return chosen


def _answered(one: Known, show: Terminal) -> dict[str, str]:
    answers = dict(one.answers)
    for question, words in one.account.questions.items():
        answers[question] = _asked(words, answers.get(question, ""), question, show)
    return answers


def _asked(words: str, known: str, question: str, show: Terminal) -> str:
    while True:
        said = str(typer.prompt(f"  {words}", default=known, show_default=bool(known), err=True))
        try:
            return accounts.checked(question, said)
        except AnswerError as error:
            show.note(f"  {error}", style="yellow")

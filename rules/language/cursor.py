"""A place in the tokens of a rules text, and the sentences about what was expected there."""

from rules.errors import RulesError
from rules.language.lexer import Token, tokens
from rules.language.source import Source


class Cursor:
    """Reads tokens one after the other; raises RulesError where the text is not what it has to be."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.depth = 0
        self._waiting = tokens(source)
        self._tokens = [next(self._waiting)]
        self._at = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._at]

    @property
    def previous_end(self) -> int:
        """The offset after the token read last."""
        return self._tokens[self._at - 1].end

    def ahead(self, steps: int) -> Token:
        """The token `steps` after the next one (the last token where there are not so many)."""
        while len(self._tokens) <= self._at + steps and self._tokens[-1].kind != "end":
            self._tokens.append(next(self._waiting))
        return self._tokens[min(self._at + steps, len(self._tokens) - 1)]

    def at(self, *words: str) -> bool:
        """Whether the next token is one of these symbols or keywords."""
        token = self._tokens[self._at]
        return token.kind in {"symbol", "keyword", "slash"} and token.text in words

    def next(self) -> Token:
        """Read a token; the last one can be read again and again."""
        token = self.token
        if token.kind != "end":
            self._forward()
        return token

    def _forward(self) -> None:
        self._at += 1
        if self._at == len(self._tokens):
            self._tokens.append(next(self._waiting))

    def take(self, word: str) -> bool:
        """Read the next token if it is this symbol or keyword."""
        found = self.at(word)
        if found:
            self._forward()
        return found

    def expect(self, word: str, where: str) -> Token:
        """Read this symbol or keyword, or refuse the text."""
        if not self.at(word):
            raise self.wrong(f"Expected '{word}' {where}, but found {self.found()}.")
        return self.next()

    def name(self, what: str) -> Token:
        """Read a name, or refuse the text: `what` says whose name."""
        if self.token.kind != "name":
            raise self.wrong(f"Expected {what}, but found {self.found()}.")
        return self.next()

    def found(self) -> str:
        """The next token, for a message."""
        return "the end of the file" if self.token.kind == "end" else f"'{self.token.text}'"

    def wrong(self, message: str, offset: int | None = None) -> RulesError:
        """The error to raise for the text, at the next token unless an offset is given."""
        return self.source.refuse(self.token.start if offset is None else offset, message)

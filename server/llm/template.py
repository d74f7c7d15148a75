"""Render a conversation with the model's own chat template into tokens.

The template's markers become special tokens, the messages' contents never do: a document that contains
`<|im_end|>` contains just these characters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2.sandbox import ImmutableSandboxedEnvironment

MARK = "\ue000{}\ue001"
"""Private-use characters around a number stand for a message's content while the template runs."""


@dataclass(frozen=True)
class Message:
    role: str
    content: str


class ChatTemplate:
    """A Jinja chat template, as GGUF files carry it, run in a sandbox."""

    def __init__(self, source: str, tokenize: Callable[[str, bool], list[int]]) -> None:
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        self._template = environment.from_string(source)
        self._tokenize = tokenize
        self.end_tokens = frozenset(
            tokens[0] for name in ("<|im_end|>", "<|endoftext|>") if len(tokens := tokenize(name, True)) == 1
        )

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The conversation and the beginning of the assistant's turn; a last message of the assistant begins it."""
        begun = messages[-1].content if messages[-1].role == "assistant" else ""
        messages = messages[:-1] if begun else messages
        marked = [{"role": m.role, "content": MARK.format(i)} for i, m in enumerate(messages)]
        rendered = self._template.render(messages=marked, add_generation_prompt=True, tools=None)
        tokens: list[int] = []
        for i, message in enumerate(messages):
            before, _, rendered = rendered.partition(MARK.format(i))
            tokens += self._tokenize(before, True)
            tokens += self._tokenize(message.content, False)
        return tokens + self._tokenize(rendered, True) + self._tokenize(begun, False)

    def first_token(self, text: str) -> int:
        """The token that `text` begins with."""
        return self._tokenize(text, False)[0]

"""The language model: one thread owns it and does one thing after the other.

Covered: loading a GGUF, its own chat template, streaming, cancelling within milliseconds.
Not covered: whose turn it is (`turns`), what is asked (`server.answer.prompt`) and whether the answer is true (`server.answer.verify`).
This package holds the only import of llama_cpp.
"""

import codecs
import ctypes
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from server.errors import CrashingBuild, ModelBroken
from server.llm.cancel import Cancel
from server.llm.template import ChatTemplate, Message
from server.platform import strlen_address

CONTEXT_TOKENS = 4096
BATCH_TOKENS = 512
GO_ON, ABORT = b"\0", b"\1"
AMX = b"AMX_INT8 = 1"
"""What llama.cpp tells of itself where it was compiled with AMX, whose code in it crashes (its issue 20824)."""


@dataclass
class Tokens:
    """What a model has done: tokens that it has read (those in its cache are not read again) and written."""

    read: int = 0
    written: int = 0


class LanguageModel(Protocol):
    """Something that continues a conversation."""

    name: str
    tokens: Tokens

    @property
    def is_alive(self) -> bool:
        """Whether it still takes work."""
        ...

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        """Pieces of the reply as they are written; greedy.

        A last message of the assistant is the beginning of the reply, which the model continues.
        """
        ...

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        """How much rather the reply goes on with `yes` than with `no`, by their first tokens: the logarithm of
        the quotient of their probabilities, 0 when cancelled."""
        ...

    def pin(self, messages: Sequence[Message]) -> None:
        """Keep how many conversations begin, so that none of them has to be read from its start again; every call keeps
        one more beginning."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> int:
        """How many tokens `texts` have together, without the template's markers; any thread may ask, nobody waits."""
        ...

    def close(self) -> None: ...


@dataclass
class _Job:
    messages: Sequence[Message]
    max_tokens: int
    stop: Sequence[str]
    cancel: Cancel
    compare: tuple[str, str] | None = None
    """Tell the log-odds of these two continuations instead of writing one."""
    pin: bool = False
    """Keep the state behind the messages instead of going on from it."""
    writing: bool = False
    """Between two tokens it ends by itself at once, and what was read stays in the cache."""
    pieces: "queue.SimpleQueue[str | float | BaseException | None]" = field(default_factory=queue.SimpleQueue)


class LlamaModel:
    """A GGUF file through llama.cpp."""

    def __init__(self, path: Path, threads: int) -> None:
        self.name = path.stem
        self.tokens = Tokens()
        self._path = path
        self._threads = threads
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        # ggml calls strlen(flag) between graph nodes: 0 goes on, 1 aborts. A Python callback in its place runs
        # about 565 times a token and starves under load.
        self._flag = ctypes.create_string_buffer(2)
        self._pinned: list[tuple[list[int], Any]] = []
        self._running: _Job | None = None
        self._lock = threading.Lock()
        # Tokenizing only reads the vocabulary, which any thread may do; it must not be freed meanwhile.
        self._vocabulary = threading.Lock()
        self._tokenize: Callable[[str, bool], list[int]] = _no_tokens
        ready: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._own, args=(ready,), name="llm", daemon=True)
        self._thread.start()
        failure = ready.get()
        if failure is not None:
            raise failure

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        job = _Job(messages, max_tokens, stop, Cancel.following(cancelled))
        self._enqueue(job)
        return (piece for piece in _results(job) if isinstance(piece, str))

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        job = _Job(messages, 1, (), Cancel.following(cancelled), (yes, no))
        self._enqueue(job)
        return sum(piece for piece in _results(job) if isinstance(piece, float))

    def pin(self, messages: Sequence[Message]) -> None:
        job = _Job(messages, 1, (), Cancel(), pin=True)
        self._enqueue(job)
        list(_results(job))

    def count_tokens(self, texts: Sequence[str]) -> int:
        """0 after it was closed."""
        with self._vocabulary:
            return sum(len(self._tokenize(text, False)) for text in texts)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _enqueue(self, job: _Job) -> None:
        job.cancel.on_set(lambda: self._abort(job))
        self._jobs.put(job)

    def close(self) -> None:
        running = self._running
        if running is not None:
            running.cancel.set()
        self._jobs.put(None)
        self._thread.join(timeout=10)

    def _abort(self, job: _Job) -> None:
        with self._lock:
            if self._running is job and not job.writing:
                self._flag[0] = ABORT

    # -- the owner thread -------------------------------------------------------------------------------------

    def _own(self, ready: "queue.SimpleQueue[BaseException | None]") -> None:
        try:
            llama, template = self._load()
        except BaseException as error:  # ruff: ignore[blind-except]  handed to the thread that waits in __init__, which raises it
            ready.put(error)
            return
        ready.put(None)
        while (job := self._jobs.get()) is not None:
            with self._lock:
                self._flag[0] = ABORT if job.cancel.is_set() else GO_ON
                self._running = job
            try:
                self._run(llama, template, job)
            except BaseException as error:  # ruff: ignore[blind-except]  handed to the thread that reads the reply, which raises it
                job.pieces.put(error)
            finally:
                with self._lock:
                    self._running = None
                    self._flag[0] = GO_ON
                job.pieces.put(None)
        with self._vocabulary:
            self._tokenize = _no_tokens
            llama.close()

    def _load(self) -> tuple[Any, ChatTemplate]:
        # OpenMP's threads spin while they wait for each other, by default so long that beside a second such process a
        # token takes ten times the time; with no spinning at all it takes half as long again on an idle machine.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        import llama_cpp

        if AMX in llama_cpp.llama_print_system_info():
            raise CrashingBuild
        try:
            llama = llama_cpp.Llama(
                str(self._path),
                n_ctx=CONTEXT_TOKENS,
                n_batch=BATCH_TOKENS,
                n_threads=self._threads,
                n_threads_batch=self._threads,
                flash_attn=True,
                # llama.cpp repacks most weights on loading; a mapped file would stay in memory beside them, 0.6 GB.
                use_mmap=False,
                verbose=False,
            )
        except (ValueError, OSError) as error:
            raise ModelBroken(self._path, str(error)) from error
        callback = llama_cpp.ggml_abort_callback(strlen_address())
        llama_cpp.llama_set_abort_callback(llama.ctx, callback, ctypes.cast(self._flag, ctypes.c_void_p))
        source = llama.metadata.get("tokenizer.chat_template")
        if not source:
            llama.close()
            raise ModelBroken(self._path, "文件里没有对话模板（tokenizer.chat_template）")

        def tokenize(text: str, special: bool) -> list[int]:
            tokens: list[int] = llama.tokenize(text.encode(), add_bos=False, special=special)
            return tokens

        self._tokenize = tokenize
        return llama, ChatTemplate(source, tokenize)

    def _run(self, llama: Any, template: ChatTemplate, job: _Job) -> None:
        if job.cancel.is_set():
            return
        prompt = template.tokens(job.messages)
        prompt = prompt[-(CONTEXT_TOKENS - job.max_tokens) :]
        try:
            self._restore(llama, prompt)
            self.tokens.read += len(prompt) - _common(llama.input_ids[: llama.n_tokens], prompt)
            if job.pin:
                self._pinned.append(_state(llama, prompt))
            elif job.compare is None:
                self._write(llama, template, job, prompt)
            else:
                job.pieces.put(_log_odds(llama, prompt, *(template.first_token(text) for text in job.compare)))
        except RuntimeError:
            if self._flag[0] != ABORT:
                raise
        finally:
            if self._flag[0] == ABORT:
                # An aborted decode leaves the cache and its token count apart.
                llama.reset()
                llama._ctx.kv_cache_clear()

    def _restore(self, llama: Any, prompt: list[int]) -> None:
        """Put a pinned beginning back into the cache where that saves reading it: 28.7 KB a token, a few ms."""
        import llama_cpp

        if not self._pinned:
            return
        tokens, state = max(self._pinned, key=lambda pinned: _common(pinned[0], prompt))
        if _common(tokens, prompt) <= _common(llama.input_ids[: llama.n_tokens], prompt):
            return
        llama.reset()
        llama._ctx.kv_cache_clear()
        if llama_cpp.llama_state_seq_set_data(llama.ctx, state, len(state), 0):
            llama.input_ids[: len(tokens)] = tokens
            llama.n_tokens = len(tokens)
            llama._requires_eval = True

    def _write(self, llama: Any, template: ChatTemplate, job: _Job, prompt: list[int]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        reply, sent = "", 0
        # generate() keeps the longest common prefix of the last prompt in the KV cache.
        for count, token in enumerate(llama.generate(prompt, temp=0.0), 1):
            job.writing = True
            self.tokens.written += 1
            if token == llama.token_eos() or token in template.end_tokens or job.cancel.is_set():
                return
            reply += decoder.decode(llama.detokenize([token], special=False))
            stopped = [at for word in job.stop if (at := reply.find(word)) >= 0]
            end = min(stopped) if stopped else len(reply)
            if end > sent:
                job.pieces.put(reply[sent:end])
                sent = end
            if stopped or count >= job.max_tokens:
                return


def _no_tokens(text: str, special: bool) -> list[int]:
    return []


def _results(job: _Job) -> Iterator[str | float]:
    """What the owner thread puts out for a job, until it is done."""
    try:
        while (piece := job.pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        # Whoever stops listening, stops the work: this job's, not the asker's next one.
        job.cancel.set()


def _log_odds(llama: Any, prompt: list[int], yes: int, no: int) -> float:
    import llama_cpp

    next(llama.generate(prompt, temp=0.0))
    logits = llama_cpp.llama_get_logits_ith(llama.ctx, -1)
    return float(logits[yes] - logits[no])


def _state(llama: Any, prompt: list[int]) -> tuple[list[int], Any]:
    """The tokens of a prompt and the cache's state behind them."""
    import llama_cpp

    next(llama.generate(prompt, temp=0.0))
    state = (ctypes.c_uint8 * llama_cpp.llama_state_seq_get_size(llama.ctx, 0))()
    llama_cpp.llama_state_seq_get_data(llama.ctx, state, len(state), 0)
    return prompt, state


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens two prompts begin with alike."""
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))

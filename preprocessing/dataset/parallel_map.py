"""Map a function over a stream of chunks in several processes, in order and in bounded memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

# Chunks queued for each process: enough to keep it busy, few enough to fit into memory.
_QUEUED = 3
_work: Callable[[Any], Any]


def map_in_order(
    make: Callable[..., Callable[[Chunk], Result]],
    arguments: tuple[Any, ...],
    chunks: Iterable[Chunk],
    processes: int,
) -> Iterator[Result]:
    """Yield the result of `make(*arguments)(chunk)` for each chunk, in order.

    Args:
        make: Called once in each process. The function that it returns is called with each chunk.
            `make`, the arguments, the chunks and the results must be picklable.
        arguments: The arguments of `make`.
        chunks: The chunks, which are read only as far ahead as the processes need.
        processes: The number of processes. If it is 1, this process handles all chunks.
    """
    if processes == 1:
        yield from map(make(*arguments), chunks)
        return
    # Spawned, as a fork of a process with threads, such as TensorFlow's or Java's, may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _start_process, (make, arguments))
    waiting: deque[Future[Result]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_run_chunk, chunk))
            if len(waiting) >= _QUEUED * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _start_process(make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...]) -> None:
    global _work  # noqa: PLW0603 - the state of the process between chunks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work = make(*arguments)


def _end_with_parent() -> None:
    """End this process when its parent has ended: killed by -9, it cannot end the others."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_chunk(chunk: Any) -> Any:
    return _work(chunk)

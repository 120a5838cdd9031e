"""How fast a translator translates: from a cold start, and sentence after sentence.

    python benchmarks/inference.py model/NAME SENTENCES.txt [--set inference.shortlist=32]
        [--peer './decode.sh {beam} {batch} {sentences}']

Cold start is the command line's own: the time from the shell to the end of one short sentence, the
median of some starts, and its peak memory. Then each sentence is translated into exactly 40
tokens, so that toolkits with other models do the same work: one at a time and 32 at a time, greedy
and with a beam of 5. The first batch is not counted. The peer's command runs after each, with its
numbers filled in; the last number behind `sents_per_s=` that it prints, or the
last number, is its speed. The last line is for machines. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import statistics
import sys
import time
from pathlib import Path

from subprocess_runner import run_command, speed_in

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from malgil.modeling.search import Request, beam_search
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions, load

LENGTH = 40  # pieces
SETUPS = [(1, 1), (5, 1), (1, 32), (5, 32)]  # beam, sentences at a time
STARTS = 5
SHORT = "비가 와요."


def cold_start(folder: Path, overrides: list[str]) -> tuple[float, float]:
    """Return the median of the seconds from the shell to a translation; peak memory in MiB."""
    places = [f"translator.directory={folder.parent}", f"translator.name={folder.name}"]
    sets = [part for each in (*places, *overrides) for part in ("--set", each)]
    seconds, memory = [], 0.0
    for _ in range(STARTS):
        began = time.perf_counter()
        command = [sys.executable, str(ROOT / "app.py"), "--mode", "predict", *sets, SHORT]
        memory = max(memory, run_command(command)[1])
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), memory


def speed(translator: Translator, sources: list[list[int]], beam: int, batch: int) -> float:
    """Return sentences per second, each translated into `LENGTH` tokens."""
    # The end may come after so many pieces, where the limit cuts.
    options = DecodingOptions(beam_size=beam)
    engine = translator.engine
    done, began = 0, 0.0
    for begin in range(0, len(sources), batch):
        some = sources[begin : begin + batch]
        requests = [Request(LENGTH, min_length=LENGTH) for _ in some]
        found = beam_search(engine.step, engine.encode(some), requests, options)
        assert all(len(best.ids) == LENGTH for best, *_ in found)
        if not begin:
            began = time.perf_counter()  # the first is for warming up
        else:
            done += len(some)
    return done / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast a translator translates.")
    parser.add_argument("folder", type=Path, help="a translator's, such as model/ko-en")
    parser.add_argument("sentences", type=Path, help="source sentences, a line each")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    parser.add_argument("--peer", help="a command with {beam}, {batch} and {sentences}")
    options = parser.parse_args()
    folder = options.folder.resolve()

    seconds, memory = cold_start(folder, options.set)
    print(f"cold start: {seconds:.2f} s, {memory:,.0f} MiB")
    began = time.perf_counter()
    translator = Translator.load(folder, load(None, options.set).inference)
    print(f"loading: {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    translator.translate([SHORT])
    print(f"first sentence: {1000 * (time.perf_counter() - began):.0f} ms")

    lines = options.sentences.read_text(encoding="utf-8").splitlines()[: options.count]
    texts = [line.split("\t")[0] for line in lines]
    sources = [of_text[0].ids for of_text in translator.pipeline.encode_segments(texts) if of_text]
    print("\n| beam | batch | sentences/s | peer | ratio |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    results: dict[str, float] = {"cold_start_s": round(seconds, 2)}
    for beam, batch in SETUPS:
        own = speed(translator, sources, beam, batch)
        results[f"b{beam}_n{batch}"] = round(own, 1)
        row = "| |"
        if options.peer:
            command = options.peer.format(beam=beam, batch=batch, sentences=len(sources))
            peer = speed_in(run_command(command)[0], "sents_per_s")
            results[f"ratio_b{beam}_n{batch}"] = round(own / peer, 2)
            row = f"{peer:,.1f} | {own / peer:.2f} |"
        print(f"| {beam} | {batch} | {own:,.1f} | {row}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {peak:,.0f} MiB; {dataclasses.asdict(translator.settings.inference)}")
    print(json.dumps(results))


if __name__ == "__main__":
    main()

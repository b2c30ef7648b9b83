"""A record on disk: a folder of files of lines, which outlives this process.

Each file begins with a whole observation, and is named after the number of its first entry. A file is written by one
process only, and never again after that process: a line that was torn by a crash ends its file.
"""

import os
from pathlib import Path
from typing import IO

from .. import file_lock
from .entries import Decoder, Encoder, Entry, Numbered

FILE_MAX_BYTES = 1_000_000  # after which a new file begins
LINE_MAX_SHARE = 0.25  # of a file that one line may take; a large swarm is seen in long lines, and has longer files
STORE_MAX_BYTES = 16_000_000  # of all files; the oldest are deleted


class Store:
    """The files of one record. `held` says whether this process writes them: one process at a time can."""

    def __init__(self, folder: Path, keep: int) -> None:
        """Take the folder, and make it if it is missing; older files than for the newest `keep` entries are deleted."""
        self._folder, self._keep = folder, keep
        self._encoder = Encoder()
        self._file: IO[bytes] | None = None
        self._longest = 0  # bytes of the longest line of the present file
        self.error = ""  # why it writes nothing any more
        self._lock: IO[str] | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = file_lock.held(folder / "lock")
        except OSError as error:
            self.error = str(error)

    @property
    def held(self) -> bool:
        """Whether this process may write. If not, another one does."""
        return self._lock is not None

    def read(self) -> list[Numbered]:
        """The newest entries that were written, at most `keep`, in the order of their numbers."""
        entries: list[Numbered] = []
        for path in self._files():
            decoder = Decoder()
            try:
                with path.open("rb") as lines:
                    entries += map(decoder.entry, lines)
            except (ValueError, KeyError, TypeError, AttributeError, OSError):
                continue  # torn by a crash, or from a version that is not known: what came before it is good
        return entries[-self._keep :]

    def append(self, number: int, entry: Entry) -> None:
        """Write the entry, unless another process writes. After an error, such as a full disk, write nothing more."""
        if not self.held or self.error:
            return
        try:
            if self._file is None or self._is_full(self._file):
                self._begin(number)
            assert self._file
            line = self._encoder.line(number, entry).encode() + b"\n"
            self._file.write(line)
            self._file.flush()
            self._longest = max(self._longest, len(line))
        except OSError as error:
            self.error = str(error)

    def close(self) -> None:
        """Let another process write."""
        for file in (self._file, self._lock):
            if file:
                file.close()
        self._file = self._lock = None

    def _is_full(self, file: IO[bytes]) -> bool:
        return file.tell() >= max(FILE_MAX_BYTES, self._longest / LINE_MAX_SHARE)

    def _begin(self, number: int) -> None:
        """Begin a new file, and delete the oldest ones."""
        if self._file:
            self._file.close()
        path = self._folder / f"{number:012}.jsonl"
        path.unlink(missing_ok=True)  # a file whose first line was torn
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._encoder, self._longest = Encoder(), 0
        files = self._files()
        sizes = [path.stat().st_size for path in files]
        for place, path in enumerate(files[:-1]):
            unneeded = int(files[place + 1].stem) <= number - self._keep
            if unneeded or sum(sizes[place:]) > STORE_MAX_BYTES:
                path.unlink()

    def _files(self) -> list[Path]:
        """The files, the oldest first."""
        return sorted(self._folder.glob("[0-9]*.jsonl"))

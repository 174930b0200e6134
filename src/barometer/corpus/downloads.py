"""Downloads that go on where they were cut, are checked, and count as there only when they are whole."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tqdm import tqdm

_BLOCK = 1 << 16  # bytes
_TRIES, _TIMEOUT = 3, 60  # seconds; a host may have to pack an archive first
_NO_SUCH_RANGE, _PART_OF_IT = 416, 206


class DownloadError(OSError):
    """A file could not be had from its address, or is not the right one."""


class Downloads:
    """Files by address, kept in a folder, so that what is whole is not downloaded twice.

    A host that cannot be reached is not asked again by the same object: without a network everything fails at once.
    """

    def __init__(self, folder: Path, bar: "tqdm[Any]") -> None:
        """Keep files in `folder`; show bytes on `bar`."""
        self.folder = folder
        self._bar = bar
        self._silent: dict[str, str] = {}

    def get(self, address: str, name: str, sha256: str = "") -> Path:
        """The file of that name in the folder, downloaded where it is not there or not right.

        Args:
            address: http or https.
            name: relative path in the folder.
            sha256: its digest; empty where it is not known, so that a whole file is taken as it is.

        Raises:
            DownloadError: if it cannot be had; what came before a cut stays, and is continued the next time.
        """
        target = self.folder / name
        if target.is_file() and (not sha256 or _digest(target) == sha256):
            return target
        host = urlsplit(address).netloc
        if host in self._silent:
            raise DownloadError(self._silent[host])
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        self._bar.set_description_str(name.replace("/", " "), refresh=False)
        with self._told_once(host):
            self._complete(address, part)
        if sha256 and (found := _digest(part)) != sha256:
            part.unlink()
            raise DownloadError(f"sha256 is {found}; expected {sha256}")
        part.replace(target)
        return target

    @contextmanager
    def _told_once(self, host: str) -> Iterator[None]:
        try:
            yield
        except HTTPError as error:
            error.close()
            raise DownloadError(f"{error.code} {error.reason}") from None
        except URLError as error:
            self._silent[host] = f"{host} cannot be reached ({error.reason})"
            raise DownloadError(self._silent[host]) from None
        except (OSError, HTTPException) as error:
            raise DownloadError(f"cut short ({error}); the next run goes on from there") from None

    def _complete(self, address: str, part: Path) -> None:
        """Download what is missing of `part`, and go on a few times where the connection is cut."""
        for left in reversed(range(_TRIES)):
            try:
                return self._continue(address, part)
            except HTTPError as error:
                if error.code != _NO_SUCH_RANGE or not part.exists():
                    raise
                error.close()
                part.unlink()  # there is no more of it, but it was not taken as whole: begin again
            except URLError:
                raise
            except (OSError, HTTPException):
                if not left:
                    raise
        raise ConnectionError("no range of it is served")

    def _continue(self, address: str, part: Path) -> None:
        have = part.stat().st_size if part.exists() else 0
        if urlsplit(address).scheme not in {"http", "https"}:
            raise URLError("expected an address of http or https")
        request = Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
        with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            going_on = answer.status == _PART_OF_IT
            length = int(answer.headers.get("Content-Length", -1))
            self._bar.total = (self._bar.total or 0) + max(length, 0)
            with part.open("ab" if going_on else "wb") as stream:
                got = 0
                while block := answer.read(_BLOCK):
                    got += stream.write(block)
                    self._bar.update(len(block))
        if got < length:  # reading to the end says nothing of a connection that ended early
            raise ConnectionError(f"{got:,} of {length:,} bytes")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Downloads that resume where they were cut, are checked, and take their name only when they are complete."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tqdm import tqdm

from barometer.card import file_digest

_BLOCK = 1 << 16  # bytes
_TRIES, _TIMEOUT = 3, 60  # seconds; a host may have to pack an archive first
_NO_SUCH_RANGE, _PART_OF_IT = 416, 206


class DownloadError(OSError):
    """A file cannot be downloaded from its address, or is not the right one."""


class Downloads:
    """Files by address, kept in a folder, so that no complete file is downloaded twice.

    A host that cannot be reached is not asked again by the same object: without a network everything fails at once.
    """

    def __init__(self, folder: Path, bar: "tqdm[Any]") -> None:
        """Keep files in `folder`; show bytes on `bar`."""
        self.folder = folder
        self._bar = bar
        self._unreachable: dict[str, str] = {}

    def get(self, address: str, name: str, sha256: str = "") -> Path:
        """The file of that name in the folder, downloaded where it is not there or not right.

        Args:
            address: http or https.
            name: relative path in the folder.
            sha256: its digest; empty where it is not known, so that a complete file is taken as it is.

        Raises:
            DownloadError: if the download fails; what came before a cut stays, and the next run resumes there.
        """
        target = self.folder / name
        if target.is_file() and (not sha256 or file_digest(target) == sha256):
            return target
        host = urlsplit(address).netloc
        if host in self._unreachable:
            raise DownloadError(self._unreachable[host])
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        self._bar.set_description_str(name.replace("/", " "), refresh=False)
        with self._reported_once(host):
            self._complete(address, part)
        if sha256 and (found := file_digest(part)) != sha256:
            part.unlink()
            raise DownloadError(f"sha256 is {found}; expected {sha256}")
        part.replace(target)
        return target

    @contextmanager
    def _reported_once(self, host: str) -> Iterator[None]:
        try:
            yield
        except HTTPError as error:
            error.close()
            raise DownloadError(f"{error.code} {error.reason}") from None
        except URLError as error:
            self._unreachable[host] = f"{host} cannot be reached ({error.reason})"
            raise DownloadError(self._unreachable[host]) from None
        except (OSError, HTTPException) as error:
            raise DownloadError(f"interrupted ({error}); the next run resumes there") from None

    def _complete(self, address: str, part: Path) -> None:
        """Download what is missing of `part`, and resume a few times where the connection is cut."""
        for left in reversed(range(_TRIES)):
            try:
                return self._continue(address, part)
            except HTTPError as error:
                if error.code != _NO_SUCH_RANGE or not part.exists():
                    raise
                error.close()
                part.unlink()  # there is no more of it, but it was not complete: begin again
            except URLError:
                raise
            except (OSError, HTTPException):
                if not left:
                    raise
        raise ConnectionError("the host serves no range of it")

    def _continue(self, address: str, part: Path) -> None:
        have = part.stat().st_size if part.exists() else 0
        if urlsplit(address).scheme not in {"http", "https"}:
            raise URLError("expected an address of http or https")
        request = Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
        with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            resumed = answer.status == _PART_OF_IT
            length = int(answer.headers.get("Content-Length", -1))
            self._bar.total = (self._bar.total or 0) + max(length, 0)
            with part.open("ab" if resumed else "wb") as stream:
                got = 0
                while block := answer.read(_BLOCK):
                    got += stream.write(block)
                    self._bar.update(len(block))
        if got < length:  # reading to the end does not show that a connection ended early
            raise ConnectionError(f"{got:,} of {length:,} bytes")

"""`file:` addresses of the demo: files below one folder, with the time of their last change as validator."""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from barometer.live.addresses import AddressRefusedError
from barometer.live.bodies import BodyError


def read_file(url: str, folder: str, max_bytes: int, last_modified: str | None) -> tuple[str, bytes | None]:
    """Return the time of the file's last change as an HTTP date, and its bytes, or None where it has not changed.

    Raises:
        AddressRefusedError: if no folder is allowed, or the file, its links followed, lies outside of it.
        BodyError: if the file is larger than `max_bytes`.
        OSError: if it cannot be read.
    """
    if not folder:
        raise AddressRefusedError(f"{url!r} is a file; expected http or https, unless fetch.file_folder is set")
    parts = urlsplit(url)
    try:
        path = Path(url2pathname(parts.path)).resolve()
    except ValueError as error:
        raise AddressRefusedError(f"broken address {url!r}: {error}") from None
    if parts.netloc not in {"", "localhost"} or not path.is_relative_to(Path(folder).resolve()):
        raise AddressRefusedError(f"{url!r} lies outside of fetch.file_folder")
    status = path.stat()
    modified = format_datetime(datetime.fromtimestamp(int(status.st_mtime), UTC), usegmt=True)
    if last_modified == modified:
        return modified, None
    if status.st_size > max_bytes:
        raise BodyError(f"larger than {max_bytes} bytes")
    return modified, path.read_bytes()

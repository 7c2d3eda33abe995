"""The package index and what lies on it: which releases of NumPy there are, and the bytes of members of their files.

Wheels and .zip source distributions are read by range requests, member by member, since a wheel is tens of megabytes and
its headers are one. The index states the SHA-256 of each file; zip members are checked by their CRC-32.
"""
import dataclasses
import hashlib
import html
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time
import urllib.parse
import urllib.request
import zipfile

import user_cache

CACHE = user_cache.CACHE / "artefacts"
NAME = re.compile(r"numpy-(\d+\.\d+[\d.]*(?:\.post\d+)?)(?:-(.*)\.whl|\.tar\.gz|\.zip)")


def version_key(release):
    """Order of final and post releases, and of X.Y."""
    return tuple(int(part) for part in re.findall(r"\d+", release))


def minor_of(release):
    return ".".join(map(str, version_key(release)[:2]))


def digest(data):
    return hashlib.sha256(data).hexdigest()


@dataclasses.dataclass(frozen=True)
class Artefact:
    name: str
    url: str
    sha256: str
    date: str  # of its upload, YYYY-MM-DD

    @property
    def release(self):
        return NAME.fullmatch(self.name)[1]

    @property
    def tags(self):
        """(python, abi, platform) of a wheel, each with its alternatives (PEP 425); None of anything else."""
        tags = NAME.fullmatch(self.name)[2]
        return tuple(part.split(".") for part in tags.split("-")[-3:]) if tags else None

    @property
    def is_sdist(self):
        return self.tags is None


def pip_index():
    """The index in pip's configuration, or the one that its help names as the default."""
    for name in (":env:.index-url", "global.index-url"):
        run = subprocess.run([sys.executable, "-m", "pip", "config", "get", name], capture_output=True, text=True)
        if run.returncode == 0 and run.stdout.strip():
            return run.stdout.strip()
    wide = {**os.environ, "COLUMNS": "400"}
    text = subprocess.run([sys.executable, "-m", "pip", "help", "download"], capture_output=True, text=True, env=wide).stdout
    found = re.search(r"--index-url.*?\(default (\S+?)\)", text, re.S)
    return found.group(1) if found else sys.exit("pip does not say which index it uses")


def open_url(url, **headers):
    """Tries again, since a rebuild makes thousands of requests."""
    for wait in (1, 4, 15, None):
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=180)
        except OSError:
            if wait is None:
                raise
            time.sleep(wait)


def entries_of_page(page, base):
    """(name, url, sha256, date) of each file of a project page: PEP 691 JSON or PEP 503 HTML."""
    if page.lstrip().startswith("{"):
        for entry in json.loads(page)["files"]:
            yield entry["filename"], entry["url"], entry["hashes"].get("sha256", ""), entry.get("upload-time", "")[:10]
        return
    for attributes, name in re.findall(r"<a\b([^>]*)>([^<]*)</a>", page):
        link = html.unescape(re.search(r'href="([^"]*)"', attributes)[1])
        url, _, fragment = urllib.parse.urljoin(base, link).partition("#")
        date = re.search(r'data-upload-time="([^"]*)"', attributes)
        yield html.unescape(name).strip(), url, fragment.partition("sha256=")[2], date[1][:10] if date else ""


def read_index(oldest):
    """Artefacts of all final and post releases from `oldest` (a minor) on, by release, in order."""
    base = pip_index().rstrip("/") + "/numpy/"
    accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
    with open_url(base, Accept=accept) as reply:
        page = reply.read().decode()
    releases = {}
    for entry in entries_of_page(page, base):
        match = NAME.fullmatch(entry[0])
        if not match or version_key(match[1])[:2] < version_key(oldest):
            continue
        artefact = Artefact(*entry)
        if not artefact.sha256 or not artefact.date:
            sys.exit(f"the index does not state the hash or the date of {artefact.name}")
        releases.setdefault(match[1], []).append(artefact)
    return {release: sorted(releases[release], key=lambda a: a.name) for release in sorted(releases, key=version_key)}


class RemoteFile(io.RawIOBase):
    """A file behind an URL, of which only what is read is fetched."""

    def __init__(self, url):
        self.url, self.position = url, 0
        with open_url(url, Range="bytes=0-0") as reply:
            self.size = int(reply.headers["Content-Range"].rpartition("/")[2])

    def seekable(self):
        return True

    def readable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=0):
        self.position = offset + (0, self.position, self.size)[whence]
        return self.position

    def readinto(self, buffer):
        end = min(self.position + len(buffer), self.size)
        if self.position >= end:
            return 0
        with open_url(self.url, Range=f"bytes={self.position}-{end - 1}") as reply:
            data = reply.read()
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


class Members:
    """The members of one artefact; what was read once is kept in the cache."""

    def __init__(self, artefact):
        self.artefact = artefact
        self.folder = CACHE / artefact.sha256
        self.archive = None

    def _open(self):
        if self.archive is None:
            if self.artefact.name.endswith(".tar.gz"):
                with open_url(self.artefact.url) as reply:
                    data = reply.read()
                if digest(data) != self.artefact.sha256:
                    sys.exit(f"{self.artefact.name} is not what the index states")
                self.archive = tarfile.open(fileobj=io.BytesIO(data))
            else:
                self.archive = zipfile.ZipFile(io.BufferedReader(RemoteFile(self.artefact.url), 1 << 18))
        return self.archive

    def _top(self, names):
        """Source distributions have one folder around everything; it is left out of names."""
        return names[0].split("/")[0] + "/" if self.artefact.is_sdist else ""

    def names(self):
        listing = self.folder / "names.json"
        if not listing.exists():
            archive = self._open()
            names = archive.getnames() if isinstance(archive, tarfile.TarFile) else archive.namelist()
            top = self._top(names)
            self.keep(listing, json.dumps(sorted(name[len(top):] for name in names if name.startswith(top))).encode())
        return json.loads(listing.read_text())

    def read(self, name):
        kept = self.folder / "members" / name
        if not kept.exists():
            archive = self._open()
            if isinstance(archive, tarfile.TarFile):
                data = archive.extractfile(self._top(archive.getnames()) + name).read()
            else:
                data = archive.read(self._top(archive.namelist()) + name)
            self.keep(kept, data)
        return kept.read_bytes()

    def source(self, name):
        """Where a fact was read, as abi_db/ records it."""
        return {"artefact": self.artefact.name, "member": name, "sha256": digest(self.read(name))}

    def archive_for_once(self):
        """The archive itself, for members that are too large to be kept."""
        return self._open()

    @staticmethod
    def keep(path, data):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + f".{os.getpid()}")
        partial.write_bytes(data)
        partial.replace(path)

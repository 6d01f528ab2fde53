"""Resources of packages of the embedded library."""

import io

from . import abc


class LibraryPath(abc.Traversable):
    """A file or folder of the embedded library."""

    def __init__(self, loader, path):
        self._loader = loader
        self._path = path

    def __repr__(self):
        return f"LibraryPath({self._path!r})"

    def __str__(self):
        return self._path

    @property
    def name(self):
        return self._path.rpartition("/")[2]

    def iterdir(self):
        for name in self._loader.list_folder(self._path):
            yield LibraryPath(self._loader, f"{self._path}/{name}")

    def is_dir(self):
        return bool(self._loader.list_folder(self._path))

    def is_file(self):
        try:
            self._loader.get_data(self._path)
        except OSError:
            return False
        return True

    def read_bytes(self):
        return self._loader.get_data(self._path)

    def open(self, mode="r", *args, **kwargs):
        stream = io.BytesIO(self.read_bytes())
        if "b" in mode:
            return stream
        return io.TextIOWrapper(stream, *args, **kwargs)

    def joinpath(self, *descendants):
        path = self._path
        for part in descendants:
            path = f"{path}/{part}"
        return LibraryPath(self._loader, path)


class LibraryReader(abc.TraversableResources):
    """Resource reader of a package."""

    def __init__(self, loader):
        self._loader = loader

    def files(self):
        folder = self._loader.path.rpartition("/")[0]
        return LibraryPath(self._loader, folder)

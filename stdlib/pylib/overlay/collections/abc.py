"""Abstract base classes of the containers: another name of `_collections_abc`."""

import sys

import _collections_abc

sys.modules[__name__] = _collections_abc

"""Object storage through google-cloud-storage: whole objects in and out, one at a time, with preconditions."""

import datetime as dt
from typing import Any

from shared.domain.errors import Conflict, NotFound, StorageUnavailable
from shared.once import once

TIMEOUT_S = 20


class Storage:
    """One bucket. The client is imported and built on first use: many requests never need it.

    Args:
        bucket: its name.
        emulator: URL of another server of the protocol.
        project: the cloud project that pays.
        patience_s: how long failing calls are tried again; short where a visitor waits.
    """

    def __init__(self, bucket: str, emulator: str | None, project: str | None, patience_s: float) -> None:
        self._name = bucket
        self._patience_s = patience_s
        self._emulator = emulator
        self._project = project

    @once
    def _bucket(self) -> Any:  # noqa: ANN401 - the library publishes no types
        from google.cloud.storage import Client

        if self._emulator:
            from google.auth.credentials import AnonymousCredentials

            client = Client(
                project=self._project or "local",
                credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
                client_options={"api_endpoint": self._emulator},
            )
        else:
            client = Client(project=self._project)
        return client.bucket(self._name)

    def warm_up(self) -> None:
        """Import the library and build the client now."""
        _ = self._bucket

    def get(self, name: str) -> tuple[bytes, int]:
        """Return an object's bytes and generation.

        Raises:
            NotFound: there is no such object.
            StorageUnavailable: the service does not answer.
        """
        blob = self._bucket.blob(name)
        data = self._call(blob.download_as_bytes)
        return data, int(blob.generation or 0)

    def put(
        self,
        name: str,
        data: bytes,
        content_type: str = "application/octet-stream",
        *,
        if_generation: int | None = None,
    ) -> int:
        """Write an object and return its generation.

        Args:
            name: the object's name.
            data: all of it.
            content_type: its media type.
            if_generation: only when this generation is current (0: only when there is none).

        Raises:
            Conflict: the precondition does not hold.
        """
        blob = self._bucket.blob(name)
        self._call(
            blob.upload_from_string,
            data,
            content_type=content_type,
            if_generation_match=if_generation,
            checksum="crc32c",
        )
        return int(blob.generation or 0)

    def copy(self, source: str, target: str) -> None:
        """Copy an object inside the bucket without downloading it."""
        self._call(self._bucket.copy_blob, self._bucket.blob(source), self._bucket, target)

    def list_names(self, prefix: str) -> list[str]:
        """Return the names of all objects that begin with `prefix`, in order."""
        return sorted(blob.name for blob in self._call(self._listed, prefix=prefix))

    def delete(self, name: str) -> None:
        """Remove an object; one that is gone already is fine."""
        try:
            self._call(self._bucket.blob(name).delete)
        except NotFound:
            return

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object that begins with `prefix`; return how many there were."""
        names = self.list_names(prefix)
        for name in names:
            self.delete(name)
        return len(names)

    def delete_between(self, prefix: str, since: dt.datetime, until: dt.datetime) -> int:
        """Remove the objects below `prefix` that were made between two moments; return how many there were."""
        found = [blob.name for blob in self._call(self._listed, prefix=prefix) if since <= blob.time_created <= until]
        for name in found:
            self.delete(name)
        return len(found)

    def ping(self) -> None:
        """Make one round trip that needs the bucket to exist."""
        self._call(self._listed, max_results=1)

    def _listed(self, **arguments: object) -> list[Any]:
        return list(self._bucket.list_blobs(**arguments))

    def _call(self, function: Any, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - the library has no types
        """Call the library with a bound on time, and turn what it raises into our errors."""
        import requests.exceptions
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.storage.retry import DEFAULT_RETRY

        retry = DEFAULT_RETRY.with_timeout(self._patience_s)
        try:
            return function(*args, retry=retry, timeout=min(TIMEOUT_S, self._patience_s), **kwargs)
        except exceptions.NotFound:
            raise NotFound("There is no such object.") from None
        except exceptions.PreconditionFailed:
            raise Conflict("The object has changed meanwhile.", code="generation_mismatch") from None
        except (exceptions.GoogleAPIError, GoogleAuthError, requests.exceptions.RequestException, OSError) as error:
            raise StorageUnavailable("Object storage cannot be reached.") from error

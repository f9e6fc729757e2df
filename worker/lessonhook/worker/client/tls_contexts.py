"""A TLS context for each identity, made beside the loop: reading the well-known authorities takes some 40 ms."""

import asyncio
import ssl
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from lessonhook.config import shortage_in, shortage_now
from lessonhook.ledger import Reason
from lessonhook.ledger.subscriptions import load_client_certificate
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure, NotStarted, words_of_openssl
from lessonhook.worker.client.tls import make_context, make_context_trusting, refuse_costly_exchange
from lessonhook.worker.client.tls_identity import COMMON, TlsIdentity

#: Contexts of each kind that are kept; one with the well-known authorities takes a megabyte, one with a bundle some
#: kilobytes.
KEPT: Final = 128
#: Where more companies are posted to than contexts are kept, they are made again and again. One with the well-known
#: authorities costs 50 ms of a processor, and reading them one after the other makes the loop's p99 eight times as long
#: (measured). So the thread rests for this many times as long as it took.
_RESTS: Final = 3
#: Two, so that one costly handshake does not stand before all others.
_HANDSHAKE_THREADS: Final = 2


class TlsContexts:
    """Used on the loop only. A context that cannot be made for want of something of ours is charged to nobody."""

    def __init__(self) -> None:
        #: That of all who have nothing of their own, never pushed out; None until it can be made.
        self._common = _common_if_possible()
        #: Those with the well-known authorities, and those with a bundle, because the latter cost next to nothing and
        #: must not push the others out. Least recently used first.
        self._kept_well_known: OrderedDict[TlsIdentity, ssl.SSLContext] = OrderedDict()
        self._kept_with_bundle: OrderedDict[TlsIdentity, ssl.SSLContext] = OrderedDict()
        self._under_way: dict[TlsIdentity, asyncio.Future[ssl.SSLContext]] = {}
        # One, because a context is made with the interpreter held for the most part. It starts at the first use.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lessonhook-tls")
        #: How many it has made, and until when it rests, on the monotonic clock; used in it only.
        self._made = 0
        self._rests_until = 0.0
        #: For the bundles of companies, and for the handshakes with endpoints whose authority is one of a bundle.
        self.handshake_threads = ThreadPoolExecutor(_HANDSHAKE_THREADS, thread_name_prefix="lessonhook-handshake")

    def __len__(self) -> int:
        return len(self._kept_well_known) + len(self._kept_with_bundle)

    async def of(self, identity: TlsIdentity, deadline: Deadline) -> ssl.SSLContext:
        """Return the context of an identity.

        Raise Failure if OpenSSL refuses its certificates, and NotStarted if there was no memory, no file or no time.
        """
        if identity == COMMON and self._common is not None:
            return self._common
        kept = self._kept_beside(identity)
        if (context := kept.get(identity)) is not None:
            kept.move_to_end(identity)
            return context
        try:
            async with asyncio.timeout(deadline.left()):
                return await asyncio.shield(self._started(identity))
        except TimeoutError:
            raise NotStarted("the TLS context took too long to make") from None
        except (OSError, MemoryError, RuntimeError) as error:
            words = error.strerror if isinstance(error, OSError) else None
            made = f"no TLS context can be made: {words or type(error).__name__}"
            raise NotStarted(shortage_in(error) or made) from None

    def close(self) -> None:
        """Make no more of them."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self.handshake_threads.shutdown(wait=False, cancel_futures=True)

    def _started(self, identity: TlsIdentity) -> "asyncio.Future[ssl.SSLContext]":
        """Begin to make a context, or join those who wait for it."""
        future = self._under_way.get(identity)
        if future is None:
            loop = asyncio.get_running_loop()
            if identity.ca_bundle is None and identity != COMMON:
                future = loop.run_in_executor(self._thread, self._make_at_leisure, identity)
            else:
                # The common one stands behind none of those.
                future = loop.run_in_executor(self.handshake_threads, _make, identity)
            self._under_way[identity] = future
            future.add_done_callback(partial(self._keep, identity))
        return future

    def _keep(self, identity: TlsIdentity, future: "asyncio.Future[ssl.SSLContext]") -> None:
        del self._under_way[identity]
        # The error is read here, so that asyncio does not complain where everybody has given up.
        if future.cancelled() or future.exception() is not None:
            return
        if identity == COMMON:
            self._common = future.result()
            return
        kept = self._kept_beside(identity)
        kept[identity] = future.result()
        while len(kept) > KEPT:
            kept.popitem(last=False)

    def _kept_beside(self, identity: TlsIdentity) -> "OrderedDict[TlsIdentity, ssl.SSLContext]":
        """Return the contexts of the same kind."""
        return self._kept_well_known if identity.ca_bundle is None else self._kept_with_bundle

    def _make_at_leisure(self, identity: TlsIdentity) -> ssl.SSLContext:
        """Make a context with the well-known authorities, in their thread. The first ones need no rest."""
        # The rest is the purpose: nothing is waited for.
        time.sleep(max(0.0, self._rests_until - time.monotonic()))
        began = time.monotonic()
        try:
            return _make(identity)
        finally:
            self._made += 1
            if self._made > KEPT:
                self._rests_until = time.monotonic() + _RESTS * (time.monotonic() - began)


def _common_if_possible() -> ssl.SSLContext | None:
    """Return the context of all who have nothing of their own; None if there is no file and no memory for it now."""
    try:
        return _make(COMMON)
    except NotStarted:
        return None
    except (OSError, MemoryError) as error:
        if shortage_in(error):
            return None
        raise


def _make(identity: TlsIdentity) -> ssl.SSLContext:
    """Return a new context. Raise Failure where its own certificates are wrong, anything else where something is."""
    if identity.ca_bundle is None:
        context = make_context()
        # OpenSSL goes on without the system's authorities if it cannot read them, and the context would be kept.
        if lacking := shortage_now():
            raise NotStarted(lacking)
    else:
        try:
            context = make_context_trusting(identity.ca_bundle)
        except ssl.SSLError as error:
            raise Failure(Reason.TLS, f"the ca_bundle cannot be used: {words_of_openssl(error)}") from None
    refuse_costly_exchange(context)
    if identity.client_certificate is not None:
        try:
            load_client_certificate(context, identity.client_certificate)
        except ssl.SSLError as error:
            raise Failure(Reason.TLS, f"the client certificate cannot be used: {words_of_openssl(error)}") from None
    return context

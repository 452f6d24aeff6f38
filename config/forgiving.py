"""A repair of kombu 5.7.0: a worker that cannot acknowledge a message must be able to take the next one."""

from __future__ import annotations

from kombu.transport import redis, virtual


class ForgivingQoS(redis.QoS):
    """Frees the place that a message takes even when Redis does not hear the acknowledgement.

    Else the place is never free again. A worker with one process has one place: it stops asking for messages, so it
    does not notice that the connection is gone either, and hangs for ever with all signs of life. (Seen in two of five
    runs that restarted Redis under load.) The message itself is sent again later, and its second claim fails.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except Exception:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]
        except Exception:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
            raise


def install() -> None:
    redis.Channel.QoS = ForgivingQoS

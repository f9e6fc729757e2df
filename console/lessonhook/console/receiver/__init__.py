"""HTTP endpoints for the demo, `lessonhook receive`, deploy/demo and the smoke test."""

from lessonhook.console.receiver.forwarding import Forwarder
from lessonhook.console.receiver.receiver import Receiver, Response
from lessonhook.console.receiver.recording import DOWN, Arrival, RecordingReceiver

__all__ = ["DOWN", "Arrival", "Forwarder", "Receiver", "RecordingReceiver", "Response"]

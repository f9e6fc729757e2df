"""What a person may do: send a sample, replay, rebuild, erase, and write the curl command."""

from lessonhook.desk.acts.selection import Glimpsed
from lessonhook.desk.acts.sorted_events import SortedLines

__all__ = ["Glimpsed", "SortedLines"]

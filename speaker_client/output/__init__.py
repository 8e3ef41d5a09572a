"""Where sound leaves the box: an always open stream of silence into which cues are mixed."""

from speaker_client.output.command import CommandSink
from speaker_client.output.fault import OutputFault, Trouble
from speaker_client.output.file import FileSink
from speaker_client.output.null import NullSink
from speaker_client.output.paced import PacedOutput
from speaker_client.output.soundcard import SoundcardOutput
from speaker_client.output.stream import Block, Output, Source

__all__ = [
    "Block",
    "CommandSink",
    "FileSink",
    "NullSink",
    "Output",
    "OutputFault",
    "PacedOutput",
    "SoundcardOutput",
    "Source",
    "Trouble",
]

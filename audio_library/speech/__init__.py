"""Text becomes a sound file: the port, the engines behind it and the order in which they are tried."""

from audio_library.speech.choice import NAMES, Choice
from audio_library.speech.espeak import Espeak
from audio_library.speech.fallback import FirstThatSpeaks, Reader
from audio_library.speech.google import GoogleVoice
from audio_library.speech.piper import Piper
from audio_library.speech.port import OWN_PACE, VOICES, Manner, Pace, Speech, SpeechFailed, Spoken, Voice
from audio_library.speech.ready import ReadyEspeak
from audio_library.speech.recorded import Recorded
from audio_library.speech.text import speakable

__all__ = [
    "NAMES",
    "OWN_PACE",
    "VOICES",
    "Choice",
    "Espeak",
    "FirstThatSpeaks",
    "GoogleVoice",
    "Manner",
    "Pace",
    "Piper",
    "Reader",
    "ReadyEspeak",
    "Recorded",
    "Speech",
    "SpeechFailed",
    "Spoken",
    "Voice",
    "speakable",
]

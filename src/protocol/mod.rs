//! Sans-IO dialogues: bytes in, bytes out. No socket, no clock, no file.

//! The history of a test's verdicts, its limits and state changes, and the words of an alert.

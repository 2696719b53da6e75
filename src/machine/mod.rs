//! Facts of this machine from /proc and /sys. Readers take a root folder, so recorded trees are fixtures.

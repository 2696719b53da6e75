//! The running daemon: owns the loop and everything on it; pid file, daemonising, signals, reload, shutdown.

//! Delivers alerts over SMTP and keeps what cannot be delivered yet.

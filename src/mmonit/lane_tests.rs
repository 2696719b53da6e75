use super::*;

#[test]
fn who_can_take_packed_messages() {
    for server in [
        "mmonit/3.6",
        "mmonit/3.10",
        "mmonit/3.7.11",
        "MMONIT/4.0",
        "mmonit/4.0 x",
        "mmonit/99.1",
        "mmonit/3.7.a",
    ] {
        assert!(takes_gzip(server), "{server}");
    }
    for server in [
        "mmonit/3.5",
        "mmonit/2.4",
        "mmonit/4",
        "mmonit/4.",
        "mmonit/4a.1",
        "x mmonit/4.0",
        "M/Monit/4.0",
        "other/1",
        "",
        "mmonit",
        "mmonitü/4.0",
    ] {
        assert!(!takes_gzip(server), "{server}");
    }
}

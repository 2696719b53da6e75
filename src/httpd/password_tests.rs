//! Passwords, right and wrong ones.

use super::*;

/// A connection that has sent this.
fn sent(rig: &Rig, request: &str) -> TcpStream {
    let mut stream = rig.connect();
    stream.write_all(request.as_bytes()).unwrap();
    stream.set_nonblocking(true).unwrap();
    stream
}

fn waiting(rig: &Rig) -> usize {
    rig.httpd.connections.iter().filter(|connection| connection.waits_until().is_some()).count()
}

#[test]
fn wrong_passwords_wait_for_each_other_and_for_nobody_else() {
    let mut rig = Rig::new(|settings| settings.users = vec![user("admin", "right"), user("viewer", "other")]);
    let basic = |text: &str| {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(text);
        format!("GET /_ping HTTP/1.0\r\nAuthorization: Basic {text}\r\n\r\n")
    };
    let begun = std::time::Instant::now();
    for _ in 0..8 {
        let stream = sent(&rig, &basic("admin:wrong"));
        rig.turn();
        rig.turn();
        while waiting(&rig) > 0 {
            assert!(rig.ask_control("GET /_ping HTTP/1.0\r\n\r\n").contains("pong"), "never");
            assert!(rig.ask(&basic("viewer:other")).contains("pong"), "he tried nothing");
            rig.ahead += Duration::from_millis(50);
            rig.turn();
        }
        assert!(rig.finish(stream).starts_with("HTTP/1.0 401"));
    }
    // On a busy machine some of it passes by itself.
    let passed = begun.elapsed() + rig.ahead;
    assert!(passed > Duration::from_secs(7), "{passed:?}");
    let (right, many) =
        (sent(&rig, &basic("admin:right")), [(); 20].map(|()| sent(&rig, &basic("admin:wrong"))));
    for _ in 0..400 {
        rig.turn();
        rig.ahead += Duration::from_millis(50);
    }
    assert!(rig.finish(right).contains("pong"), "in the order they came");
    let answers = many.map(|stream| rig.finish(stream));
    let refused = answers.iter().filter(|answer| answer.starts_with("HTTP/1.0 503")).count();
    assert!(refused > 10, "{refused} were not looked at");
}

#[test]
fn digests_of_passwords_take_turns() {
    let mut rig = Rig::new(|settings| {
        let password = "$1$abcdefgh$yTpYrEJJOuAsO2Aee15/D1".into();
        settings.users = vec![Credentials { password, form: PasswordForm::Md5, ..user("admin", "") }];
    });
    let request = "GET /_ping HTTP/1.0\r\nAuthorization: Basic YWRtaW46cGFzcyB3b3Jk\r\n\r\n";
    let streams: Vec<TcpStream> = (0..30).map(|_| sent(&rig, request)).collect();
    let mut turns = 0;
    while turns < 3 || waiting(&rig) > 0 {
        let before = waiting(&rig);
        rig.turn();
        turns += 1;
        assert!(before.saturating_sub(waiting(&rig)) <= 4, "a few in each turn");
    }
    assert!(turns >= 8, "{turns}");
    streams.into_iter().for_each(|stream| assert!(rig.finish(stream).contains("pong")));
}

#[test]
fn who_hangs_up_before_the_answer_has_tried_all_the_same() {
    if crate::sys::ran_alone() {
        return;
    }
    // No host can check it; that is found out by a helper, too.
    let mut rig = Rig::new(|settings| {
        let password = "$nothing$like$it".into();
        settings.users = vec![Credentials { password, form: PasswordForm::Crypt, ..user("admin", "") }];
    });
    rig.turn();
    let begun = Instant::now();
    let _stream = sent(&rig, "GET /_ping HTTP/1.0\r\nAuthorization: Basic YWRtaW46eA==\r\n\r\n");
    while rig.httpd.helpers.deadline().is_none() {
        // What the helper says is not listened to.
        let mut set = PollSet::new();
        rig.httpd.register(&mut set);
        set.wait(Instant::now()).unwrap();
        let now = rig.now();
        for (token, readiness) in set.ready().collect::<Vec<_>>() {
            rig.httpd.on_ready(token, readiness, now, &mut rig.site);
        }
    }
    let (token, now) =
        (Token { source: Source::Connection, id: 0, part: rig.httpd.connections.mark(0) }, rig.now());
    let reset = Readiness { readable: true, writable: true, hangup: true, error: true };
    rig.httpd.on_ready(token, reset, now, &mut rig.site);
    assert_eq!(rig.clients(), 0);
    while rig.httpd.helpers.deadline().is_some() {
        rig.turn();
    }
    let near = Neighbourhood::V4([127, 0, 0, 1]);
    assert!(rig.httpd.failures.wait(near, Some(0), begun).is_some(), "as if it had waited");
}

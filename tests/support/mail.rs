//! A mail server that takes everything.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Takes every mail; each is kept as it came, its recipients before it. Gives the port on 127.0.0.1.
pub fn mail_server(mails: &Arc<Mutex<Vec<String>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    let mails = Arc::clone(mails);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mails = Arc::clone(&mails);
            std::thread::spawn(move || serve(stream, &mails));
        }
    });
    port
}

fn serve(mut stream: TcpStream, mails: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut mail, mut line) = (String::new(), String::new());
    stream.write_all(b"220 box.test\r\n").ok()?;
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "MAIL" => mail.clone_from(&line),
            "RCPT" => mail.push_str(&line),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").ok()?;
                while !mail.ends_with("\r\n.\r\n") {
                    if reader.read_line(&mut mail).ok()? == 0 {
                        return None;
                    }
                }
                mails.lock().ok()?.push(std::mem::take(&mut mail));
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").ok(),
            _ => {}
        }
        stream.write_all(b"250 ok\r\n").ok()?;
    }
}

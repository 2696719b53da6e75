//! Where a redirect leads (RFC 9110, 10.2.2; RFC 3986, 5), and the request for there.

use super::request::host_port;
use crate::protocol::{Failure, Server, excerpt};

/// Longest address taken; a line of a head is kept as far as that.
const LONGEST: usize = 1000;
const AWAY: &str = "HTTP error: redirected to an address that is not followed";
const DOWN: &str = "HTTP error: redirected from https to plain http";

/// Where a redirect leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Onward {
    /// Another server than the one that redirects.
    pub server: Option<Server>,
    /// What to ask for: path and query.
    pub target: String,
}

/// What `location` means in the answer of `here` to a request for `target`.
pub fn onward(here: &Server, target: &str, location: &[u8]) -> Result<Onward, Failure> {
    let refused = |why| Failure::Answer(why, excerpt(location, 200));
    let text = std::str::from_utf8(location).ok().filter(|text| text.len() < LONGEST);
    let text = text
        .filter(|text| text.bytes().all(|byte| byte > b' ' && byte != 0x7f))
        .ok_or_else(|| refused(AWAY))?;
    let text = text.split('#').next().unwrap_or_default();
    let scheme = text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    let (secure, rest) = match scheme {
        Some(scheme) => {
            let secure = match scheme.to_ascii_lowercase().as_str() {
                "http" => false,
                "https" => true,
                _ => return Err(refused(AWAY)),
            };
            (secure, text.get(scheme.len() + 1..).unwrap_or_default())
        }
        None => (here.secure, text),
    };
    let Some(rest) = rest.strip_prefix("//") else {
        // `http:/path` is an address of old, and of nobody any more.
        return match scheme {
            Some(_) => Err(refused(AWAY)),
            None => Ok(Onward { server: None, target: resolved(target, rest) }),
        };
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let server = server(secure, authority).ok_or_else(|| refused(AWAY))?;
    if here.secure && !secure {
        return Err(refused(DOWN));
    }
    let same = server.secure == here.secure
        && server.port == here.port
        && server.host.eq_ignore_ascii_case(&here.host);
    let target = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
    Ok(Onward { server: (!same).then_some(server), target })
}

/// `host`, `host:port`, `[address]:port`. Nobody is sent a password that a server made up.
fn server(secure: bool, authority: &str) -> Option<Server> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':').or(rest.is_empty().then_some(""))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let usual = if secure { 443 } else { 80 };
    let port = match port {
        "" => usual,
        port if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            port.parse().ok().filter(|port| *port > 0)?
        }
        _ => return None,
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte) || byte >= 0x80;
    if host.is_empty() || host.len() > 253 || !host.bytes().all(fits) {
        return None;
    }
    Some(Server { secure, host: host.into(), port })
}

/// A path, or the end of one, beside the one that was asked for.
fn resolved(target: &str, reference: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    if reference.is_empty() {
        return target.to_string();
    }
    if reference.starts_with('?') {
        return format!("{path}{reference}");
    }
    let (reference, query) = match reference.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (reference, None),
    };
    let folder = path.rfind('/').map_or("/", |at| path.get(..=at).unwrap_or("/"));
    let whole =
        if reference.starts_with('/') { reference.to_string() } else { format!("{folder}{reference}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if whole.ends_with("/.") || whole.ends_with("/..") {
        parts.push("");
    }
    let mut result = format!("/{}", parts.join("/"));
    if let Some(query) = query {
        result.push('?');
        result.push_str(query);
    }
    result
}

/// Headers that every server may get, besides its `Host`. Whatever else stands in a control file may be a secret of the first
/// one: a password, a cookie, a key under a name of its own.
const FOR_ALL: [&str; 6] =
    ["Accept:", "Accept-Charset:", "Accept-Encoding:", "Accept-Language:", "Connection:", "User-Agent:"];

/// The request once more for another target. Another server gets a `Host` of its own, and nothing that was meant for the
/// first one alone.
pub fn request(before: &[u8], onward: &Onward) -> Vec<u8> {
    let mut text = Vec::with_capacity(before.len() + onward.target.len());
    for (at, line) in before.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is = |name: &str| {
            line.get(..name.len()).is_some_and(|front| front.eq_ignore_ascii_case(name.as_bytes()))
        };
        if at == 0 {
            let method = line.split(|byte| *byte == b' ').next().unwrap_or_default();
            text.extend_from_slice(method);
            text.extend_from_slice(format!(" {} HTTP/1.1\r\n", onward.target).as_bytes());
            continue;
        }
        match &onward.server {
            Some(server) if is("Host:") => {
                let host = host_port(&server.host, server.port, server.secure);
                text.extend_from_slice(format!("Host: {host}\r\n").as_bytes());
            }
            Some(_) if line != b"\r\n" && !FOR_ALL.into_iter().any(is) => {}
            _ => text.extend_from_slice(line),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(secure: bool) -> Server {
        Server { secure, host: "www.example.org".into(), port: if secure { 443 } else { 8080 } }
    }

    fn target(location: &str) -> String {
        let onward = onward(&here(false), "/a/b/c?d=e", location.as_bytes()).unwrap();
        assert_eq!(onward.server, None, "{location}");
        onward.target
    }

    #[test]
    fn places_on_the_same_server() {
        for (location, wanted) in [
            ("/x", "/x"),
            ("/x#y", "/x"),
            ("", "/a/b/c?d=e"),
            ("?q", "/a/b/c?q"),
            ("x?y=/../z", "/a/b/x?y=/../z"),
            ("../x", "/a/x"),
            ("../../../x", "/x"),
            ("./", "/a/b/"),
            ("..", "/a/"),
            ("x/a:b", "/a/b/x/a:b"),
            ("//WWW.example.org:8080", "/"),
            ("http://www.example.org:8080?q", "/?q"),
            ("HTTP://www.example.org:8080/x?y#z", "/x?y"),
        ] {
            assert_eq!(target(location), wanted, "{location}");
        }
    }

    #[test]
    fn places_elsewhere() {
        for (location, secure, host, port) in [
            ("http://www.example.org/", false, "www.example.org", 80),
            ("https://www.example.org/", true, "www.example.org", 443),
            ("//other.example/", false, "other.example", 80),
            ("https://[2001:db8::1]:8443/", true, "2001:db8::1", 8443),
            ("http://192.0.2.1:81/", false, "192.0.2.1", 81),
        ] {
            let found = onward(&here(false), "/", location.as_bytes()).unwrap();
            assert_eq!(found.server, Some(Server { secure, host: host.into(), port }), "{location}");
        }
    }

    #[test]
    fn places_nobody_is_sent_to() {
        for location in [
            "ftp://x/",
            "javascript:alert(1)",
            "http:x",
            "http://",
            "http://:80/",
            "http://x:0/",
            "http://x:70000/",
            "http://x:+1/",
            "http://u:p@x/",
            "http://[::1/",
            "http://[::1]x/",
            "/a b",
            "/a\r\nX: y",
            "\u{7f}",
        ] {
            assert!(onward(&here(false), "/", location.as_bytes()).is_err(), "{location}");
        }
        assert!(onward(&here(false), "/", b"/\xff").is_err());
        assert!(onward(&here(false), "/", "/x".repeat(600).as_bytes()).is_err());
        let down = onward(&here(true), "/", b"http://www.example.org/").unwrap_err();
        assert_eq!(
            down.to_string(),
            "HTTP error: redirected from https to plain http -- http://www.example.org/"
        );
    }

    #[test]
    fn what_was_meant_for_one_server_stays_there() {
        let before =
            b"GET /a HTTP/1.1\r\nAuthorization: Basic eA==\r\nHost: x\r\nAccept: */*\r\nCookie:c=d\r\nX-Api-Key:e\r\n\r\n";
        let target = || "/b".to_string();
        let same = request(before, &Onward { server: None, target: target() });
        assert_eq!(same, before.strip_prefix(b"GET /a").map(|rest| [b"GET /b", rest].concat()).unwrap());
        let other = Server { secure: false, host: "::1".into(), port: 81 };
        let other = request(before, &Onward { server: Some(other), target: target() });
        assert_eq!(other, b"GET /b HTTP/1.1\r\nHost: [::1]:81\r\nAccept: */*\r\n\r\n");
    }
}

//! Pages of others that post to us through a user's browser: what their requests say of themselves.
//!
//! The token against forged forms (see [`super::auth`]) is no help once a page has made the browser believe that our
//! address is its own host (DNS rebinding): it may then set a cookie for itself. But the browser tells the page's host in
//! `Host` and where the page comes from in `Origin` (RFC 6454, 7), and neither can be changed by the page. An address
//! cannot be rebound, so a `Host` of numbers is ours; a name is ours only if somebody on this machine says so. Programs
//! need not tell a `Host` at all.
//!
//! Only asked where no password is: whoever knows the password may come under any name, through any proxy.

use std::net::{IpAddr, Ipv6Addr};

/// The names we go by.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<Box<str>>);

/// Domains that nobody can register, so that a name of ours in them is ours (RFC 6762, RFC 8375, ICANN on `internal`,
/// and what home routers and distributions use).
const PRIVATE: [&str; 5] = ["local", "home.arpa", "internal", "lan", "localdomain"];

impl Names {
    /// `host`: what this machine is called; `others`: what it is called as well.
    pub fn new(host: &str, others: impl IntoIterator<Item = String>) -> Names {
        let mut names: Vec<Box<str>> = Vec::new();
        if !host.is_empty() {
            names.push(host.into());
            names.extend(PRIVATE.iter().map(|domain| format!("{host}.{domain}").into()));
        }
        names.extend(others.into_iter().map(Into::into));
        Names(names)
    }

    /// The first of `Host` and `Origin` that is somebody else's, as it was sent.
    pub fn foreign<'a>(
        &self,
        host: Option<&'a str>,
        origin: Option<&'a str>,
    ) -> Option<(&'static str, &'a str)> {
        if let Some(host) = host.filter(|host| !self.is_ours(host)) {
            return Some(("Host", host));
        }
        let origin = origin?;
        let authority = origin
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("http://"))
            .or_else(|| origin.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")))
            .and_then(|scheme| origin.get(scheme.len()..));
        let ours = authority.is_some_and(|authority| match host {
            Some(host) => without_usual_port(host).eq_ignore_ascii_case(without_usual_port(authority)),
            None => self.is_ours(authority),
        });
        (!ours).then_some(("Origin", origin))
    }

    /// `name`, `name:port`, an address, `[address]:port`.
    fn is_ours(&self, authority: &str) -> bool {
        if let Some(rest) = authority.strip_prefix('[') {
            let Some((address, port)) = rest.split_once(']') else { return false };
            return address.parse::<Ipv6Addr>().is_ok() && is_port(port);
        }
        let (name, port) = match authority.find(':') {
            Some(at) => authority.split_at(at),
            None => (authority, ""),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let local =
            |name: &str| name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"));
        let known = || self.0.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        is_port(port) && (name.parse::<IpAddr>().is_ok() || local(name) || known())
    }
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn without_usual_port(authority: &str) -> &str {
    authority.strip_suffix(":80").or_else(|| authority.strip_suffix(":443")).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(host: Option<&str>, origin: Option<&str>) -> Option<&'static str> {
        let names = Names::new("web1", ["web1.example.org".to_owned(), "status.intern".to_owned()]);
        names.foreign(host, origin).map(|(which, _)| which)
    }

    #[test]
    fn our_names_and_every_address_are_ours() {
        for host in [
            "localhost",
            "LocalHost:2812",
            "localhost.",
            "monit.localhost:1",
            "127.0.0.1",
            "127.0.0.1:2812",
            "[::1]:2812",
            "[2001:db8::1]",
            "192.0.2.9:80",
            "web1",
            "WEB1:2812",
            "web1.local",
            "web1.home.arpa:2812",
            "web1.example.org",
            "status.intern:2812",
        ] {
            assert_eq!(foreign(Some(host), None), None, "{host}");
            assert_eq!(foreign(Some(host), Some(&format!("http://{host}"))), None, "{host}");
            assert_eq!(foreign(Some(host), Some(&format!("HTTPS://{host}"))), None, "{host}");
            assert_eq!(foreign(None, Some(&format!("http://{host}"))), None, "{host}");
        }
        assert_eq!(foreign(None, None), None);
        assert_eq!(foreign(Some("web1:80"), Some("http://web1")), None);
    }

    #[test]
    fn every_other_name_is_foreign() {
        for host in [
            "evil.example",
            "evil.example:2812",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "web1.evil.example",
            "web1.local.evil.example",
            "localhost@evil.example",
            "evil.example, localhost",
            "127.0.0.1:x",
            "[::1]evil",
            "[evil]",
            "",
            "web1:2812:1",
            "127.1",
            "2130706433",
            "xlocalhost",
            "..",
        ] {
            assert_eq!(foreign(Some(host), None), Some("Host"), "{host:?}");
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_foreign_whatever_it_calls_us() {
        for origin in [
            "http://evil.example",
            "https://evil.example:2812",
            "null",
            "",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://localhost:2812.evil.example",
            "file://localhost:2812",
            "http://",
            "localhost:2812",
            "http://localhost:2812, http://evil.example",
        ] {
            assert_eq!(foreign(Some("localhost:2812"), Some(origin)), Some("Origin"), "{origin:?}");
        }
        assert_eq!(foreign(None, Some("http://evil.example")), Some("Origin"));
    }
}

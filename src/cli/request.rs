//! What a command asks of the daemon: the path and the form, without the way it gets there.

/// One request to the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `/_summary`
    pub path: &'static str,
    /// The form's fields in order; `format` and the token are added when it is sent.
    pub fields: Vec<(&'static str, String)>,
}

impl Request {
    /// `status` and `summary`: everything, the services that match, or a group.
    pub fn view(path: &'static str, service: Option<&str>, group: Option<&str>) -> Request {
        let mut fields = Vec::new();
        match (group, service) {
            (Some(group), _) => fields.push(("group", group.to_owned())),
            (None, Some(service)) => fields.push(("service", service.to_owned())),
            (None, None) => {}
        }
        Request { path, fields }
    }

    /// `report`: all counts, or the one asked for.
    pub fn report(kind: Option<&str>, group: Option<&str>) -> Request {
        let mut fields = Vec::new();
        if let Some(kind) = kind {
            fields.push(("type", kind.to_owned()));
        }
        if let Some(group) = group {
            fields.push(("group", group.to_owned()));
        }
        Request { path: "/_report", fields }
    }

    /// An action for these names or patterns.
    pub fn action(action: &str, services: impl IntoIterator<Item = String>) -> Request {
        let mut fields = vec![("action", action.to_owned())];
        fields.extend(services.into_iter().map(|name| ("service", name)));
        Request { path: "/_doaction", fields }
    }

    /// An action for the members of a group, by the daemon's knowledge of it: an extension.
    pub fn group_action(action: &str, group: String) -> Request {
        Request { path: "/_doaction", fields: vec![("action", action.to_owned()), ("group", group)] }
    }

    /// The body, with the token that the cookie repeats.
    pub fn body(&self, token: &str) -> String {
        let mut body = String::new();
        for (name, value) in &self.fields {
            body.push_str(name);
            body.push('=');
            percent_encode(value, &mut body);
            body.push('&');
        }
        if self.fields.iter().all(|(name, _)| *name != "format") {
            body.push_str("format=text&");
        }
        body.push_str("securitytoken=");
        body.push_str(token);
        body
    }
}

/// Everything but RFC 3986's unreserved characters becomes `%XX`; `.` and `*` of patterns may stay.
fn percent_encode(value: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// The message of an error page: tags dropped, entities decoded. Pages carry it between the heading and the rule.
pub fn error_message(body: &str) -> String {
    let from = body.find("</h2>").map_or(0, |at| at + "</h2>".len());
    let rest = body.get(from..).unwrap_or(body);
    let message = rest.split("<hr>").next().unwrap_or(rest);
    let mut out = String::new();
    let mut tag = false;
    for c in message.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => tag = false,
            c if !tag => out.push(c),
            _ => {}
        }
    }
    for (entity, c) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&")]
    {
        out = out.replace(entity, c);
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_the_reference_sends() {
        let body = |request: Request| request.body("T");
        assert_eq!(body(Request::view("/_summary", None, None)), "format=text&securitytoken=T");
        assert_eq!(
            body(Request::view("/_summary", Some("p_.*"), None)),
            "service=p_.*&format=text&securitytoken=T"
        );
        assert_eq!(
            body(Request::view("/_status", Some("x"), Some("g"))),
            "group=g&format=text&securitytoken=T"
        );
        assert_eq!(body(Request::report(Some("up"), None)), "type=up&format=text&securitytoken=T");
        assert_eq!(
            body(Request::action("monitor", ["a b".into(), "c&d".into()])),
            "action=monitor&service=a%20b&service=c%26d&format=text&securitytoken=T"
        );
    }

    #[test]
    fn error_pages_are_read_for_people() {
        let page = "<html><head><title>400 Bad Request</title></head><body bgcolor=#FFFFFF><h2>Bad Request</h2>\
            There is no service named &quot;a&amp;lt;b&quot;<hr><a href='x'><font size=-1>monit</font></a></body></html>";
        assert_eq!(error_message(page), "There is no service named \"a&lt;b\"");
        assert_eq!(error_message("plain"), "plain");
        assert_eq!(error_message(""), "");
    }
}

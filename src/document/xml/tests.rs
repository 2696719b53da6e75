use super::tags::{Tags, escape};
use super::*;
use crate::config::{Config, Group, ProcessBy, Service, Subject};
use crate::document::{Document, Entry, Monitor, Platform};
use crate::reactor::Now;
use crate::service::{ServiceIndex, Services};
use std::path::Path;
use std::time::Duration;

/// A service with the worst of names.
const ODD: &str = "a<b>&\"]]>\u{1}\u{fffe}ü";

struct Two {
    services: Services,
    platform: Platform,
}

impl Two {
    fn new() -> Two {
        let process = Subject::Process(ProcessBy::Matching("x".into()));
        let mut other = Service::new("b", process);
        other.every = crate::config::Every::Cycles(3);
        let config = Config {
            services: vec![Service::new(ODD, Subject::System), other],
            check_order: vec![0, 1],
            groups: vec![
                Group { name: "one".into(), members: vec![0, 1] },
                Group { name: "t\"wo".into(), members: vec![1] },
            ],
            ..Config::default()
        };
        let platform = Platform { version: "#1 <SMP>".into(), memory: 4096, ..Platform::default() };
        Two { services: Services::new(config, None, None, Now::read()), platform }
    }

    fn made(&self, chosen: Option<Vec<u32>>, layout: Layout, budget: u32) -> (String, usize) {
        let mut document = Document::Xml(Xml::new(chosen, 2, layout));
        let (mut out, mut steps) = (String::new(), 1);
        while !document
            .step(self, &mut Piece { out: &mut out, budget: &mut budget.clone(), room: usize::MAX })
        {
            steps += 1;
        }
        (out, steps)
    }
}

impl Source for Two {
    fn count(&self) -> u32 {
        2
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(7)
    }

    fn entry(&self, index: u32, readings: bool) -> Option<Entry<'_>> {
        (index < 2).then(|| Entry::of(self.services.view(ServiceIndex(index)), readings))
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        Some(Monitor {
            id: "0123",
            incarnation: 5,
            uptime: self.uptime(),
            control: Path::new("/etc/mon&itrc"),
            config: self.services.config(),
            platform: &self.platform,
        })
    }
}

#[test]
fn the_first_layout_has_names_in_elements() {
    let (text, _) = Two::new().made(None, Layout::First, 1_000_000);
    assert!(text.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><monit><server><id>0123</id><incarnation>5</incarnation>\
         <version>6.1.0</version><uptime>7</uptime><poll>0</poll><startdelay>0</startdelay><localhostname>"
    ));
    assert!(text.contains(
        "<controlfile>/etc/mon&amp;itrc</controlfile></server><platform><name></name><release></release>\
         <version>#1 &lt;SMP&gt;</version><machine></machine><cpu>0</cpu><memory>4</memory><swap>0</swap></platform>\
         <service type=\"5\"><name><![CDATA[a<b>&\"]]]]><![CDATA[>??ü]]></name><collected_sec>0</collected_sec>\
         <collected_usec>0</collected_usec><status>0</status><status_hint>0</status_hint><monitor>2</monitor>\
         <monitormode>0</monitormode><onreboot>0</onreboot><pendingaction>0</pendingaction></service>\
         <service type=\"3\">"
    ), "{text}");
    assert!(
        text.ends_with(
            "<every><type>2</type><counter>3</counter><number>3</number></every></service></monit>"
        ),
        "{text}"
    );
}

#[test]
fn the_second_layout_has_names_in_attributes_and_groups() {
    let (text, _) = Two::new().made(None, Layout::Second, 1_000_000);
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <monit id=\"0123\" incarnation=\"5\" version=\"6.1.0\"><server><uptime>7</uptime>";
    assert!(text.starts_with(start), "{text}");
    let first = "</platform><services><service name=\"a&lt;b&gt;&amp;&quot;]]&gt;??ü\"><type>5</type>";
    assert!(text.contains(first), "{text}");
    // The group defined last comes first.
    let end = "</service></services><servicegroups><servicegroup name=\"t&quot;wo\"><service><![CDATA[b]]></service>\
         </servicegroup><servicegroup name=\"one\"><service><![CDATA[a<b>&\"]]]]><![CDATA[>??ü]]></service>\
         <service><![CDATA[b]]></service></servicegroup></servicegroups></monit>";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn a_collector_is_told_how_to_reach_us_and_may_be_told_an_event() {
    use crate::config::{Credentials, PasswordForm};
    let mut two = Two::new();
    let hostgroups = vec!["a]]>b".into(), "c".into()].into();
    let made = |two: &Two, registration: &Registration| {
        let mut xml = Xml::for_collector(2, registration.clone());
        let mut out = String::new();
        assert!(xml.step(two, &mut Piece { out: &mut out, budget: &mut 1_000_000, room: usize::MAX }));
        out + &ending(None)
    };
    let plain = made(&two, &Registration::default());
    assert_eq!(plain, two.made(None, Layout::Second, 1_000_000).0);
    let user = |name: &str, form, readonly| Credentials {
        name: name.into(),
        password: "p&w".into(),
        form,
        readonly,
    };
    let mut config = two.services.config().clone();
    config.settings.httpd.port = Some(1);
    config.settings.httpd.users = vec![
        user("guest", PasswordForm::Cleartext, true),
        user("hashed", PasswordForm::Md5, false),
        user("boss", PasswordForm::Cleartext, false),
    ];
    two.services = Services::new(config, None, None, Now::read());
    let told = made(&two, &Registration { credentials: true, hostgroups });
    assert!(
        told.contains(
            "<ssl>0</ssl></httpd><credentials><username>boss</username><password>p&amp;w</password></credentials></server>"
        ),
        "{told}"
    );
    assert!(
        told.contains(
            "</platform><hostgroups><name><![CDATA[a]]]]><![CDATA[>b]]></name><name><![CDATA[c]]></name></hostgroups><services>"
        ),
        "{told}"
    );
    assert!(!made(&two, &Registration::default()).contains("credentials"));
}

#[test]
fn what_is_not_asked_for_is_left_out() {
    let (text, _) = Two::new().made(Some(vec![0]), Layout::Second, 1_000_000);
    assert!(!text.contains("[b]") && !text.contains("\"b\"") && !text.contains("wo\""), "{text}");
    assert!(text.contains("<servicegroup name=\"one\">"));
}

#[test]
fn pieces_make_the_same_document() {
    for layout in [Layout::First, Layout::Second] {
        let (whole, steps) = Two::new().made(None, layout, 1_000_000);
        assert_eq!(steps, 1);
        let (pieces, steps) = Two::new().made(None, layout, 0);
        assert_eq!(pieces, whole);
        assert!(steps >= 3, "{steps}");
    }
}

#[test]
fn texts_never_break_a_document() {
    let mut out = String::new();
    Tags(&mut out).cdata("x", "]]>]]>");
    assert_eq!(out, "<x><![CDATA[]]]]><![CDATA[>]]]]><![CDATA[>]]></x>");
    out.clear();
    escape(&mut out, "\"\n\0'");
    assert_eq!(out, "&quot;&#10;?'");
}

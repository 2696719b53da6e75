//! A connection or ping test as something to be done: where to, with which dialogue, how often.

use super::driver::{Patience, Probe, Target};
use super::ping::{Ping, Plan};
use super::trial::Trial;
use super::{Endpoint, Resolver};
use crate::config::{self, Connection, Limits, OptionName, Tls, Transport};
use crate::protocol::Protocol;
use crate::protocol::dialogue::Talk;
use crate::protocol::registry::dialogue;
use crate::reactor::Token;
use crate::sys;
use crate::tls;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One test, for as long as it is wanted.
#[derive(Debug)]
pub struct Order {
    errand: Errand,
    /// The server answered when it was last asked, or never was asked.
    pub(super) answered: bool,
}

#[derive(Debug)]
enum Errand {
    Connection(Box<Call>),
    Ping(Box<Plan>),
}

/// A connection test.
#[derive(Debug)]
struct Call {
    test: Rc<Connection>,
    limits: Rc<Limits>,
    tls: Option<Box<tls::Options>>,
    /// With servers that redirects lead to.
    onward: Option<Box<tls::Options>>,
}

/// Why a test cannot be carried out at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unspoken {
    /// The language has the protocol, this program does not.
    Protocol,
    /// The number is no port.
    Port,
}

impl Order {
    /// The order for `test` of a service with these `limits`; `global` are the options of `set ssl`. `answered`: its server
    /// answered the last time, or there was no last time.
    pub fn new(
        test: &Rc<Connection>,
        limits: &Rc<Limits>,
        global: &Tls,
        answered: bool,
    ) -> Result<Order, Unspoken> {
        if dialogue(keyword(test)).is_none() {
            return Err(Unspoken::Protocol);
        }
        endpoint(test)?;
        let own = Tls::default();
        let secure = test.protocol.spec.tls || matches!(&test.target, config::Target::Url(url) if url.secure);
        let tls = match &test.tls {
            Some(own) => Some(own.as_ref()),
            None => (secure || test.certificate.is_some()).then_some(&own),
        };
        let tls = tls.map(|own| Box::new(tls::Options::new(own, global, test.certificate.as_deref())));
        let onward = test.protocol.number(OptionName::Follow).map(|_| {
            let options = tls::Options::new(test.tls.as_deref().unwrap_or(&Tls::default()), global, None);
            Box::new(tls::Options { client_pem: None, ..options })
        });
        let call = Call { test: Rc::clone(test), limits: Rc::clone(limits), tls, onward };
        Ok(Order { errand: Errand::Connection(Box::new(call)), answered })
    }

    /// The order to ping `host`; `answered` as above.
    pub fn ping(host: &str, test: &config::Ping, answered: bool) -> Order {
        Order { errand: Errand::Ping(Box::new(Plan { host: host.into(), test: test.clone() })), answered }
    }

    /// How often it is tried within a cycle, at least once. Pings count for themselves.
    pub fn attempts(&self) -> u32 {
        match &self.errand {
            Errand::Connection(call) => call.test.retry.max(1),
            Errand::Ping(_) => 1,
        }
    }

    /// Tries it.
    pub(super) fn start(&self, token: Token, now: Instant, resolver: &mut Resolver) -> Option<Trial> {
        Some(match &self.errand {
            Errand::Connection(call) => Trial::Talk(call.start(token, now, resolver)?),
            Errand::Ping(plan) => Trial::Ping(Ping::start(Plan::clone(plan), token, now, resolver)),
        })
    }
}

impl Call {
    fn start(&self, token: Token, now: Instant, resolver: &mut Resolver) -> Option<Probe<Box<dyn Protocol>>> {
        let mut random = [0; 32];
        // Without them a dialogue is less hard to guess, no less a test.
        let _ = sys::random::fill(&mut random);
        let (host, port) = match &self.test.target {
            config::Target::Port(address) => (&*address.host, address.port),
            config::Target::Url(url) => (&*url.host, url.port),
            config::Target::Unix(path) => (path.to_str().unwrap_or_default(), 0),
        };
        let talk = Talk {
            test: &self.test,
            host,
            port: u16::try_from(port).unwrap_or_default(),
            limits: &self.limits,
            random,
            wall: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        };
        let entry = dialogue(keyword(&self.test))?;
        // A chain of redirects has one time limit: who leads us in circles gets no more of it.
        let patience = match &self.onward {
            Some(_) => Patience::Whole(self.test.timeout),
            None => Patience::Step(self.test.timeout),
        };
        let target = Target {
            endpoint: endpoint(&self.test).ok()?,
            family: self.test.family,
            source: self.test.outgoing.as_deref().copied(),
            tls: self.tls.as_deref().cloned(),
            starttls: (entry.starttls)(&talk),
            patience,
            onward: self.onward.clone(),
        };
        Some(Probe::start(target, (entry.begin)(&talk), token, now, resolver))
    }
}

/// The keyword of the registry: `send` and `expect` have one that no control file names.
fn keyword(test: &Connection) -> &'static str {
    if test.steps.is_empty() { test.protocol.spec.keyword } else { config::GENERIC.keyword }
}

fn endpoint(test: &Connection) -> Result<Endpoint, Unspoken> {
    let (host, port) = match &test.target {
        config::Target::Unix(path) => {
            let datagrams = test.transport == Transport::Udp;
            return Ok(Endpoint::Unix { path: path.clone(), datagrams });
        }
        config::Target::Port(address) => ((*address.host).into(), address.port),
        config::Target::Url(url) => (url.host.clone(), url.port),
    };
    let port = u16::try_from(port).map_err(|_| Unspoken::Port)?;
    Ok(match test.transport {
        Transport::Tcp => Endpoint::Tcp { host, port },
        Transport::Udp => Endpoint::Udp { host, port },
    })
}

//! What the control file of a test says, without a control file.

use crate::config::{
    self, Command, Config, Cron, CronField, ProcessBy, Rate, Service, Settings, Subject, Test,
};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A cron line of stars and numbers.
pub(in crate::service) fn cron(text: &str) -> Box<Cron> {
    let field = |word: &str| match word.parse::<u32>() {
        Ok(number) => CronField { values: 1 << number, any: false },
        Err(_) => CronField { values: 0, any: true },
    };
    let fields: Vec<CronField> = text.split(' ').map(field).collect();
    Box::new(Cron { text: text.into(), fields: fields.try_into().expect("five fields") })
}

pub(in crate::service) fn command(text: &str, timeout: u64) -> Command {
    Command {
        argv: text.split(' ').map(OsString::from).collect(),
        uid: None,
        gid: None,
        timeout: Some(Duration::from_secs(timeout)),
    }
}

pub(in crate::service) fn test(condition: config::Condition, then: config::Action) -> Test {
    Test {
        place: config::Place::default(),
        condition,
        rate: Rate::default(),
        then,
        recovery_rate: Rate::default(),
        recovery: config::Action::Alert,
    }
}

/// A process with `start NAME` and `stop NAME`, restarted when it is gone.
pub(in crate::service) fn process(name: &str) -> Service {
    let pidfile = PathBuf::from(format!("/run/{name}.pid"));
    let mut service = Service::new(name, Subject::Process(ProcessBy::Pidfile(pidfile.into())));
    service.start = Some(Box::new(command(&format!("start {name}"), 5)));
    service.stop = Some(Box::new(command(&format!("stop {name}"), 5)));
    service.tests.push(test(config::Condition::NotExist, config::Action::Restart));
    service
}

/// A file `/NAME` that fails above ten bytes with this action.
pub(in crate::service) fn file(name: &str, then: config::Action) -> Service {
    let mut service = Service::new(name, Subject::File(PathBuf::from(format!("/{name}")).into()));
    service.tests.push(test(config::Condition::NotExist, config::Action::Restart));
    service.tests.push(test(config::Condition::Size(config::Operator::Greater, 10), then));
    service
}

/// A configuration with a poll period of ten seconds; `depends` names pairs of dependant and base.
pub(in crate::service) fn config(services: Vec<Service>, depends: &[(&str, &str)]) -> Config {
    let settings = Settings { poll: Some(Duration::from_secs(10)), ..Settings::default() };
    let mut config = Config { settings: settings.into(), services, ..Config::default() };
    config.services.push(Service::new("box", Subject::System));
    let at = |config: &Config, name: &str| {
        config.services.iter().position(|s| &*s.name == name).expect("a name") as u32
    };
    for (dependant, base) in depends {
        let (dependant, base) = (at(&config, dependant), at(&config, base));
        config.services[dependant as usize].depends.push(base);
    }
    while config.check_order.len() < config.services.len() {
        for index in 0..config.services.len() as u32 {
            let order = &config.check_order;
            let ready = config.services[index as usize].depends.iter().all(|base| order.contains(base));
            if ready && !order.contains(&index) {
                config.check_order.push(index);
            }
        }
    }
    config
}

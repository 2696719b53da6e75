//! Dependencies: names become indices, loops are refused, the order of a cycle is found.

use super::super::findings::Findings;
use super::names::Names;
use crate::config::{Config, Service};

/// At most this many unknown names get a suggestion, each of which looks at all services.
const SUGGESTIONS: usize = 10;

/// Fills [`Service::depends`] and [`Config::check_order`].
pub fn resolve(config: &mut Config, names: &Names, found: &mut Findings) {
    let mut all_known = true;
    let mut suggested = 0;
    let mut all = Vec::with_capacity(config.services.len());
    for service in &config.services {
        let mut depends = Vec::with_capacity(service.depends_on.len());
        for (name, place) in &service.depends_on {
            match names.get(name) {
                // Twice is once.
                Some(index) if depends.contains(&index) => {}
                Some(index) => depends.push(index),
                None => {
                    let closest =
                        if suggested < SUGGESTIONS { names.closest(name, &service.name) } else { None };
                    suggested += 1;
                    let closest = closest.and_then(|index| config.services.get(usize::try_from(index).ok()?));
                    found.error(
                        Some(*place),
                        format!("Depending service '{name}' is not defined in the control file"),
                        closest.map(|service| format!("did you mean '{}'?", service.name)),
                    );
                    all_known = false;
                }
            }
        }
        all.push(depends);
    }
    for (service, mut depends) in config.services.iter_mut().zip(all) {
        depends.shrink_to_fit();
        service.depends = depends.into();
    }
    if !all_known {
        return;
    }
    match check_order(&config.services) {
        Ok(order) => config.check_order = order,
        Err(circle) => circular(&config.services, &circle, found),
    }
}

fn circular(services: &[Service], circle: &[u32], found: &mut Findings) {
    let name =
        |index: &u32| usize::try_from(*index).ok().and_then(|at| services.get(at)).map_or("", |s| &*s.name);
    let first = circle.first().map_or("", name);
    let place =
        circle.first().and_then(|&index| services.get(usize::try_from(index).ok()?)).and_then(|service| {
            let next = circle.get(1).unwrap_or(&0);
            service
                .depends_on
                .iter()
                .find(|(on, _)| on.eq_ignore_ascii_case(name(next)))
                .map(|(_, place)| *place)
        });
    let mut way: Vec<&str> = circle.iter().map(name).collect();
    // A long circle is shown by its ends.
    if way.len() > 12 {
        way.splice(6..way.len() - 5, ["..."]);
    }
    found.error(
        place,
        format!("Found a depend loop in the control file involving the service '{first}'"),
        Some(format!("each depends on the next: {}", way.join(" -> "))),
    );
}

/// The order of a cycle, or a circle of services (its first one again at its end).
///
/// The order is that of repeated passes over the file, each of which appends the services whose dependencies are all in the list
/// already. A service's pass follows from the passes of what it depends on, so no pass has to be made.
fn check_order(services: &[Service]) -> Result<Vec<u32>, Vec<u32>> {
    const UNSEEN: u32 = 0;
    const OPEN: u32 = u32::MAX;
    let mut pass = vec![UNSEEN; services.len()];
    // The way from a service to what it depends on, with the number of dependencies already looked at. A list instead of
    // recursion: a chain may be as long as the file.
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..services.len() {
        if pass.get(start) != Some(&UNSEEN) {
            continue;
        }
        set(&mut pass, start, OPEN);
        way.push((start, 0));
        while let Some((at, looked)) = way.last_mut() {
            let here = *at;
            let depends = services.get(here).map_or(&[][..], |service| &service.depends);
            if let Some(&next) = depends.get(*looked) {
                *looked += 1;
                let next = next as usize;
                match pass.get(next).copied() {
                    Some(OPEN) => return Err(circle(&way, next)),
                    Some(UNSEEN) => {
                        set(&mut pass, next, OPEN);
                        way.push((next, 0));
                    }
                    _ => {}
                }
            } else {
                let own = depends
                    .iter()
                    .map(|&d| pass.get(d as usize).copied().unwrap_or(1) + u32::from(d as usize > here))
                    .max()
                    .unwrap_or(1);
                set(&mut pass, here, own);
                way.pop();
            }
        }
    }
    let mut order: Vec<u32> = (0u32..).take(services.len()).collect();
    // Stable: the order of the file within a pass.
    order.sort_by_key(|&index| pass.get(index as usize).copied());
    Ok(order)
}

fn set(pass: &mut [u32], at: usize, value: u32) {
    if let Some(slot) = pass.get_mut(at) {
        *slot = value;
    }
}

fn circle(way: &[(usize, usize)], to: usize) -> Vec<u32> {
    let mut circle: Vec<u32> =
        way.iter().skip_while(|(at, _)| *at != to).filter_map(|(at, _)| u32::try_from(*at).ok()).collect();
    circle.extend(u32::try_from(to).ok());
    circle
}

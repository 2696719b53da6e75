//! How a service stands with monitoring.

/// Is it looked at, and what came of it?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Monitoring {
    /// Nobody looks.
    #[default]
    Off,
    /// No check has ended since monitoring began.
    Initializing,
    /// The same, and its schedule left it out of this cycle.
    Waiting,
    /// A check has ended.
    Checked,
    /// The same, and its schedule left it out of this cycle.
    Resting,
}

impl Monitoring {
    /// As the start of the daemon or a command has it.
    pub(super) fn begun(on: bool) -> Monitoring {
        if on { Monitoring::Initializing } else { Monitoring::Off }
    }

    /// Does somebody look?
    pub(super) fn is_on(self) -> bool {
        self != Monitoring::Off
    }

    /// Has a check ended since monitoring began?
    pub(super) fn is_checked(self) -> bool {
        matches!(self, Monitoring::Checked | Monitoring::Resting)
    }

    /// A check has ended.
    pub(super) fn checked(&mut self) {
        *self = match *self {
            Monitoring::Initializing => Monitoring::Checked,
            Monitoring::Waiting => Monitoring::Resting,
            other => other,
        };
    }

    /// What was found does not count any more.
    pub(super) fn unchecked(&mut self) {
        *self = match *self {
            Monitoring::Checked => Monitoring::Initializing,
            Monitoring::Resting => Monitoring::Waiting,
            other => other,
        };
    }

    /// Its schedule leaves it out of this cycle, or does not.
    pub(super) fn left_out(&mut self, out: bool) {
        *self = match (*self, out) {
            (Monitoring::Initializing, true) => Monitoring::Waiting,
            (Monitoring::Waiting, false) => Monitoring::Initializing,
            (Monitoring::Checked, true) => Monitoring::Resting,
            (Monitoring::Resting, false) => Monitoring::Checked,
            (other, _) => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_and_a_check_do_not_disturb_each_other() {
        let mut monitoring = Monitoring::begun(true);
        monitoring.left_out(true);
        assert_eq!(monitoring, Monitoring::Waiting);
        monitoring.checked();
        assert_eq!(monitoring, Monitoring::Resting);
        monitoring.left_out(false);
        assert_eq!(monitoring, Monitoring::Checked);
        monitoring.unchecked();
        assert_eq!(monitoring, Monitoring::Initializing);
    }

    #[test]
    fn what_nobody_looks_at_stays_off() {
        let mut monitoring = Monitoring::begun(false);
        monitoring.left_out(true);
        monitoring.checked();
        assert_eq!(monitoring, Monitoring::Off);
    }
}

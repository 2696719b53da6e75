//! What matching may cost: it is paid for while it is done, so that it can be spread over several turns.

/// Work that may be done, in nanoseconds as roughly measured on a slow machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fuel(pub u64);

impl Fuel {
    /// A byte of text in a state that is known.
    pub(super) const BYTE: u64 = 4;
    /// To begin with a text.
    pub(super) const BEGIN: u64 = 100;
    /// To find out which bytes a set tells apart.
    pub(super) const DISTINCTION: u64 = 1_500;
    /// A step looked at while a state is made.
    pub(super) const STEP: u64 = 20;

    /// Uses some; what is not there is not used.
    pub fn burn(&mut self, amount: u64) {
        self.0 = self.0.saturating_sub(amount);
    }

    /// Is nothing left?
    pub fn is_spent(self) -> bool {
        self.0 == 0
    }
}

//! One file per test type: take a measurement, give a verdict. Runs no action.

//! The metrics of lists and of the operator's own rules.

use prometheus::{Error, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::make::Make;

/// What is measured of lists.
#[derive(Debug)]
pub struct ListMetrics {
    /// Rules by list.
    pub rules: IntGaugeVec,
    /// When a list was last read well, in seconds since 1970.
    pub last_good: IntGaugeVec,
    /// 1 while a list's file is bad and its last good copy is in force.
    pub stale: IntGaugeVec,
    /// Rules that the guards hold back, by list.
    pub quarantined: IntGaugeVec,
    /// Texts of the list that were parsed for compiling.
    pub parses: IntCounterVec,
    /// 1 while a new publication of a list is held.
    pub held: IntGaugeVec,
    /// When a list's publisher last said what there is, in seconds since 1970.
    pub checked: IntGaugeVec,
    /// Fetches of lists, by what came of them.
    pub fetches: IntCounterVec,
    /// Swaps of the rules.
    pub swaps: IntCounter,
    /// Seconds from seeing a change to the swap.
    pub swap_seconds: Histogram,
    /// Octets that the rules take.
    pub bytes: IntGauge,
}

impl ListMetrics {
    pub(super) fn new(make: &Make<'_>) -> Result<Self, Error> {
        Ok(Self {
            rules: make.gauges("sekisho_list_rules", "Rules in force, by list.", &["list"])?,
            last_good: make.gauges(
                "sekisho_list_last_good_timestamp_seconds",
                "When the list was last read well, in seconds since 1970.",
                &["list"],
            )?,
            stale: make.gauges(
                "sekisho_list_stale",
                "1 while the list's file is bad and its last good copy is in force.",
                &["list"],
            )?,
            quarantined: make.gauges(
                "sekisho_list_quarantined",
                "Rules of the list that are held back because they would take away what many need.",
                &["list"],
            )?,
            parses: make.counters(
                "sekisho_list_parses_total",
                "How often a file of the list was parsed for compiling.",
                &["list"],
            )?,
            held: make.gauges(
                "sekisho_list_held",
                "1 while a new publication of the list is held, since it looks like an accident.",
                &["list"],
            )?,
            checked: make.gauges(
                "sekisho_list_checked_timestamp_seconds",
                "When the list's publisher last said what there is, in seconds since 1970.",
                &["list"],
            )?,
            fetches: make.counters(
                "sekisho_list_fetches_total",
                "Fetches of the list, by what came of them.",
                &["list", "result"],
            )?,
            swaps: make.counter("sekisho_swaps_total", "Swaps of the rules.")?,
            swap_seconds: make
                .timing("sekisho_swap_seconds", "Time to read, compile and swap the rules, in seconds.")?,
            bytes: make.gauge("sekisho_rule_bytes", "Memory that the rules take, in bytes.")?,
        })
    }
}

/// What is measured of the operator's own rules.
#[derive(Debug)]
pub struct RuleMetrics {
    /// How many there are.
    pub rules: IntGauge,
    /// 1 while nothing is blocked.
    pub paused: IntGauge,
}

impl RuleMetrics {
    pub(super) fn new(make: &Make<'_>) -> Result<Self, Error> {
        Ok(Self {
            rules: make.gauge("sekisho_own_rules", "Rules of the operator's own.")?,
            paused: make
                .gauge("sekisho_paused", "1 while nothing is blocked, since the operator wants it so.")?,
        })
    }
}

//! Windows in which steps may start, and the calendars of people.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::{
        Calendar, Frozen, Moment, Rule, Span, TimeOfDay, Weekday, Weekly, When, Window, Zone,
    },
    limits::FREEZE_HORIZON,
    model::PlannedWindow,
    time::Timestamp,
};

use super::build::{Builder, Slot, Use};
use crate::{calendar, expression::Viewpoint, path, syntax, yaml::Node};

const WORKDAYS: [Weekday; 5] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
const ALL_DAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn windows(
        &mut self,
        windows: &[syntax::Window],
        node: &'n Node,
    ) -> Vec<PlannedWindow> {
        let mut built = Vec::new();
        for (index, window) in windows.iter().enumerate() {
            let node = node.item(index);
            let (rule, times, key) = match (&window.allow, &window.deny) {
                (Some(times), None) => (Rule::Allow, times, "allow"),
                (None, Some(times)) => (Rule::Deny, times, "deny"),
                (Some(_), Some(_)) | (None, None) => {
                    if !self.sink.has_error_in(&node.at) {
                        let message = "a window either allows or denies";
                        let help = Some("write `allow: {…}` or `deny: {…}`".to_owned());
                        self.sink.error("runbook::window", &node.at, message, help);
                    }
                    continue;
                }
            };
            for (index, place) in window.applies_to.iter().enumerate() {
                let node = node.get("applies_to").item(index);
                let (from, slot) = (Viewpoint::Opening, Slot::Place(place.clone()));
                self.uses.push(Use { node, from, slot });
            }
            if let Some(when) = self.when(times, node.get(key)) {
                let overrun = window.overrun.unwrap_or(Rule::Allow);
                let window = (Window { rule, when, overrun }, window.applies_to.clone());
                built.push(PlannedWindow { window: window.0, applies_to: window.1 });
            }
        }
        built
    }

    fn when(&mut self, times: &syntax::Times, node: &Node) -> Option<When> {
        if times.calendar.is_some() {
            return self.frozen(times, node).map(When::Frozen);
        }
        let zone = self.zone(times.zone.as_ref(), node.get("zone"));
        let text = |text: &Option<String>| text.as_deref().unwrap_or("00:00").parse();
        let day: (Result<TimeOfDay, _>, Result<TimeOfDay, _>) =
            (text(&times.from), text(&times.to));
        let nothing = times.days.is_none() && (times.from.is_none() || times.to.is_none());
        if nothing && !self.sink.has_error_in(&node.at) {
            let message = "this does not say when";
            let help = Some(
                "give `days`, or `from` and `to`, or `calendar` with a file's path".to_owned(),
            );
            self.sink.error("runbook::window", &node.at, message, help);
        }
        if let (Ok(from), Ok(to)) = day {
            let days = times.days.clone().unwrap_or_else(|| ALL_DAYS.to_vec());
            if days.is_empty() {
                self.sink.error("runbook::empty", &node.get("days").at, "no day is named", None);
            }
            return Some(When::Weekly(Weekly { days: days.into_iter().collect(), from, to, zone }));
        }
        if times.days.is_some() {
            for (key, day) in [("from", day.0), ("to", day.1)] {
                if let Err(wrong) = day {
                    let (at, message) = (&node.get(key).at, wrong.to_string());
                    self.sink.error("runbook::instant", at, message, None);
                }
            }
            return None;
        }
        let from = self.instant(times.from.as_deref(), node.get("from"), &zone)?;
        let to = self.instant(times.to.as_deref(), node.get("to"), &zone)?;
        if from >= to {
            let message = "the window ends before it begins";
            self.sink.error("runbook::window", &node.get("to").at, message, None);
        }
        Some(When::Between(Span { from, to }))
    }

    fn instant(&mut self, text: Option<&str>, node: &Node, zone: &Zone) -> Option<Timestamp> {
        let text = text?;
        match text.parse() {
            Ok(moment @ (Moment::Instant(_) | Moment::Local(_))) => {
                Some(moment.instant(zone, self.family.files.at))
            }
            Ok(Moment::Next(_)) => {
                let message = "`from` and `to` are both times of day or both instants";
                self.sink.error("runbook::instant", &node.at, message, None);
                None
            }
            Err(error) => {
                let message: String = hardstop_core::calendar::InvalidMoment::to_string(&error);
                self.sink.error("runbook::instant", &node.at, message, None);
                None
            }
        }
    }

    /// The events of a calendar file, written down as they are now.
    fn frozen(&mut self, times: &syntax::Times, node: &Node) -> Option<Frozen> {
        let source = times.calendar.clone()?;
        let zone = self.zone(times.zone.as_ref(), node.get("zone"));
        let others = [
            ("days", times.days.is_some()),
            ("from", times.from.is_some()),
            ("to", times.to.is_some()),
        ];
        for (key, _) in others.iter().filter(|(_, given)| *given) {
            let message = format!("`{key}` says nothing beside `calendar`");
            self.sink.error("runbook::misplaced-key", &node.get(key).at, message, None);
        }
        let node = node.get("calendar");
        if let Err(why) = path::inside(&source) {
            let help = "name a file of the repository, by its path from the top".to_owned();
            self.sink.error("runbook::path", &node.at, why, Some(help));
            return None;
        }
        let Some(text) = (self.family.files.load)(&source) else {
            let message = format!("there is no file `{source}`");
            let help = Some("its path begins at the top of the repository".to_owned());
            self.sink.error("runbook::unknown-reference", &node.at, message, help);
            return None;
        };
        let from = self.family.files.at;
        let known_until = from.plus(FREEZE_HORIZON);
        match calendar::freezes(&text, &zone, Span { from, to: known_until }) {
            Ok(intervals) => Some(Frozen { source, known_until, intervals }),
            Err(error) => {
                let message = format!("`{source}` cannot be read: {error}");
                self.sink.error("runbook::calendar", &node.at, message, None);
                None
            }
        }
    }

    pub(super) fn calendars(
        &mut self,
        calendars: &BTreeMap<String, syntax::Calendar>,
        tree: &Node,
    ) -> BTreeMap<String, Calendar> {
        let node = tree.find("calendars");
        self.names(node, "calendar");
        let mut built = BTreeMap::new();
        for (name, node) in node.into_iter().flat_map(Node::entries) {
            if let Some(calendar) = calendars.get(name).and_then(|it| self.calendar(it, node)) {
                built.insert(name.to_owned(), calendar);
            }
        }
        built
    }

    fn calendar(&mut self, given: &syntax::Calendar, node: &Node) -> Option<Calendar> {
        let zone = self.zone(given.zone.as_ref(), node.get("zone"));
        let days = given.days.clone().unwrap_or_else(|| WORKDAYS.to_vec());
        if days.is_empty() {
            self.sink.error("runbook::empty", &node.get("days").at, "nobody ever works", None);
        }
        let from = self.time_of_day(&given.from, node.get("from"));
        let to = self.time_of_day(&given.to, node.get("to"));
        let mut holidays = BTreeSet::new();
        for (index, day) in given.holidays.iter().enumerate() {
            if let Ok(day) = day.parse() {
                holidays.insert(day);
            } else {
                let message = format!("`{day}` is not a day, `yyyy-mm-dd`");
                let at = &node.get("holidays").item(index).at;
                self.sink.error("runbook::instant", at, message, None);
            }
        }
        let hours = Weekly { days: days.into_iter().collect(), from: from?, to: to?, zone };
        Some(Calendar { hours, holidays })
    }

    fn time_of_day(&mut self, text: &str, node: &Node) -> Option<TimeOfDay> {
        let parsed: Result<TimeOfDay, hardstop_core::calendar::InvalidTimeOfDay> = text.parse();
        parsed
            .map_err(|error| {
                self.sink.error("runbook::instant", &node.at, error.to_string(), None);
            })
            .ok()
    }
}

//! What commands ask of a server that runs, handed to the part that does it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::reload::Running;
use crate::{
    control::{Found, FoundName, Reply, Request},
    lists::{compile::to_search, status::ListStatus},
    policy::ListRules,
};

/// The most names that a search tells.
const MOST_FOUND: usize = 10_000;

/// The parts that can be asked.
#[derive(Debug)]
pub(super) struct Commands {
    running: Arc<Running>,
    /// What no other list has, as it was counted last, and the rules of which that is true.
    alone: Mutex<Option<(Weak<ListRules>, Vec<u64>)>>,
}

impl Commands {
    pub(super) fn new(running: Arc<Running>) -> Self {
        Self { running, alone: Mutex::default() }
    }

    fn lists(&self, alone: bool) -> Result<Vec<ListStatus>, String> {
        let mut lists = self.running.lists.status().ok_or("the server is stopping")?;
        if alone {
            let counted = self.count_alone();
            for (list, count) in lists.iter_mut().zip(counted) {
                list.alone = Some(count);
            }
        }
        Ok(lists)
    }

    /// For each list, how many names no other list has.
    fn count_alone(&self) -> Vec<u64> {
        let policy = self.running.engine.policy();
        let mut known = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((rules, counted)) = &*known
            && rules.upgrade().is_some_and(|rules| Arc::ptr_eq(&rules, &policy.lists))
        {
            return counted.clone();
        }
        let mut counted = vec![0; policy.infos.len()];
        for (_, entries) in policy.lists.names.iter(None) {
            let first = entries[0].list;
            if entries.iter().all(|entry| entry.list == first)
                && let Some(count) = counted.get_mut(usize::from(first))
            {
                *count += 1;
            }
        }
        *known = Some((Arc::downgrade(&policy.lists), counted.clone()));
        counted
    }

    fn search(&self, text: &str, most: usize) -> Found {
        let policy = self.running.engine.policy();
        let most = most.min(MOST_FOUND);
        let mut names: Vec<FoundName> = Vec::new();
        for (name, entries) in policy.lists.names.containing(&to_search(text), None).take(most + 1) {
            let mut lists: Vec<String> = entries
                .iter()
                .filter_map(|entry| policy.infos.get(usize::from(entry.list)))
                .map(|info| info.name.to_string())
                .collect();
            lists.dedup();
            names.push(FoundName { name: name.to_string(), lists });
        }
        let more = names.len() > most;
        names.truncate(most);
        Found { names, more }
    }

    fn update(&self, names: Vec<String>) -> Result<String, String> {
        let names = self.running.lists.update(names)?;
        Ok(if names.is_empty() {
            "No list is fetched: all are files.\n".into()
        } else {
            format!("Being fetched: {}.\n", names.join(", "))
        })
    }
}

#[cfg(unix)]
impl crate::control::server::Handler for Commands {
    fn handle(&self, request: Request) -> Reply {
        let (own, lists, desk) = (&self.running.own, &self.running.lists, &self.running.desk);
        let done = match request {
            Request::SetRule { kind, rule, seconds } => own.set(kind, &rule, seconds),
            Request::RemoveRule { rule } => own.remove(&rule),
            Request::Pause { seconds } => own.pause(seconds),
            Request::Resume => own.resume(),
            Request::Rules => return own.rules().map_or_else(Reply::Refused, Reply::Rules),
            Request::Lists { alone } => return self.lists(alone).map_or_else(Reply::Refused, Reply::Lists),
            Request::SearchLists { text, most } => return Reply::Found(self.search(&text, most)),
            Request::UpdateLists { names } => self.update(names),
            Request::AcceptList { name } => lists
                .accept(name.clone())
                .map(|()| format!("What was held of {name} is taken over; it is in force in a moment.\n")),
            Request::ListChanges { name } => lists.changes(name),
            Request::ChosenLists => self.running.take_chosen_lists().map(|()| String::new()),
            Request::Requests => return Reply::Requests(desk.told()),
            Request::ApproveRequest { id, seconds, everyone } => desk.approve(id, seconds, everyone),
            Request::RefuseRequest { id } => desk.refuse(id),
        };
        done.map_or_else(Reply::Refused, Reply::Done)
    }
}

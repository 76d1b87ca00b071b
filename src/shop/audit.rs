//! Reading what the staff did. It is written in [`Shop::write`], with the change itself.

use std::collections::BTreeMap;

use super::{Result, Shop};
use crate::domain::customer::CustomerId;
use crate::store::{Actor, AuditEntry, AuditOf, NOBODY};

/// Rows on one page.
const PAGE: i64 = 10;

impl Shop {
    /// The same shop, for something that somebody of the staff does: each change is written down with who made it. `through`: what was
    /// tapped or filled in, without anything that was typed.
    pub fn acting(&self, who: CustomerId, through: impl Into<String>) -> Self {
        Self { actor: Some(Actor { who, through: through.into(), cause: self.cause.clone() }), ..self.clone() }
    }

    /// The same shop, for what is done by an update, when it has a name: see [`Actor::cause`].
    pub fn caused_by(&self, update: Option<String>) -> Self {
        Self { cause: update, ..self.clone() }
    }

    /// The same shop, for what follows from something by itself.
    pub(super) fn of_nobody(self) -> Self {
        Self { actor: None, ..self }
    }

    /// A page of what was done, the newest first, with the names of those who did it, and whether more follows; page from 0.
    pub async fn audit_page(&self, of: &AuditOf, page: u32) -> Result<(Vec<AuditEntry>, BTreeMap<i64, String>, bool)> {
        let mut conn = self.store.read().await?;
        let mut entries = conn.audit(of, i64::from(page) * PAGE, PAGE + 1).await?;
        let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = entries.len() > page_size;
        entries.truncate(page_size);
        let mut names = BTreeMap::new();
        let people: Vec<CustomerId> = entries.iter().flat_map(|entry| [Some(entry.who), entry.customer]).flatten().collect();
        for id in people {
            if id != NOBODY && !names.contains_key(&id.0) {
                let name = conn.customer(id).await?.map(|known| known.name).filter(|name| !name.is_empty());
                names.insert(id.0, name.unwrap_or_else(|| id.to_string()));
            }
        }
        Ok((entries, names, more))
    }
}

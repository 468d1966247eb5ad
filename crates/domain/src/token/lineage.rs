//! Where an exchanged token comes from ([RFC 8693](https://www.rfc-editor.org/rfc/rfc8693)): it hangs on all of it.
//!
//! ```text
//! count 1 · for each exchange: token that was exchanged 16 · length 2 · client id · kind of actor 1,
//!     and for the client itself (1): its token 16; for a user (2): their token 16 · their grant 16 · length 2 · sub
//! ```

use protocol::token_exchange::Act;

use super::wire::{Reader, put};
use crate::{Id, grant::Lineage};

/// How often a token can be exchanged, the result again, and so on.
pub(super) const MAX_EXCHANGES: usize = 4;

/// One exchange: a client got a token for another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The token that was exchanged.
    pub from: Id,
    /// The client that exchanged it, and got the new one.
    pub client_id: String,
    /// Who acts from then on; `None` where it was an impersonation.
    pub actor: Option<Actor>,
}

/// Who acts for the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The client that exchanged the token, by this token of its own.
    Client {
        /// Its token.
        token: Id,
    },
    /// A user of that client.
    User {
        /// Their token.
        token: Id,
        /// The grant of that token.
        grant: Id,
        /// What the client knows them by.
        sub: String,
    },
}

/// Whom `act` names, the last to act outside; `None` where nobody acts for the subject.
pub(super) fn act(exchanges: &[Exchange]) -> Option<Act> {
    exchanges.iter().fold(None, |before, exchange| {
        let sub = match &exchange.actor {
            None => return before,
            Some(Actor::Client { .. }) => &exchange.client_id,
            Some(Actor::User { sub, .. }) => sub,
        };
        Some(Act { sub: sub.clone(), act: before.map(Box::new) })
    })
}

/// All that must be live for the token of this identifier, which came from this grant by these exchanges.
pub(super) fn lineage(token: Id, grant: Id, exchanges: &[Exchange]) -> Lineage {
    let mut lineage = Lineage { tokens: vec![token], grants: vec![grant], clients: Vec::new() };
    for exchange in exchanges {
        lineage.tokens.push(exchange.from);
        lineage.clients.push(exchange.client_id.clone());
        match &exchange.actor {
            None => {}
            Some(Actor::Client { token }) => lineage.tokens.push(*token),
            Some(Actor::User { token, grant, .. }) => {
                lineage.tokens.push(*token);
                lineage.grants.push(*grant);
            }
        }
    }
    lineage
}

pub(super) fn write(bytes: &mut Vec<u8>, exchanges: &[Exchange]) {
    // There are few: `MAX_EXCHANGES`.
    bytes.push(exchanges.len() as u8);
    for exchange in exchanges {
        bytes.extend(exchange.from.as_bytes());
        put(bytes, exchange.client_id.as_bytes());
        match &exchange.actor {
            None => bytes.push(0),
            Some(Actor::Client { token }) => {
                bytes.push(1);
                bytes.extend(token.as_bytes());
            }
            Some(Actor::User { token, grant, sub }) => {
                bytes.push(2);
                bytes.extend(token.as_bytes());
                bytes.extend(grant.as_bytes());
                put(bytes, sub.as_bytes());
            }
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Vec<Exchange>> {
    let count = reader.u8()?;
    let exchanges = (0..count).map(|_| {
        let (from, client_id) = (reader.id()?, reader.text()?);
        let actor = match reader.u8()? {
            0 => None,
            1 => Some(Actor::Client { token: reader.id()? }),
            2 => Some(Actor::User { token: reader.id()?, grant: reader.id()?, sub: reader.text()? }),
            _ => return None,
        };
        Some(Exchange { from, client_id, actor })
    });
    exchanges.collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn id(number: u8) -> Id {
        Id::v4([number; 16])
    }

    /// One of each kind.
    pub(in super::super) fn exchanges() -> Vec<Exchange> {
        let user = Actor::User { token: id(5), grant: id(6), sub: "grace".to_owned() };
        vec![
            Exchange { from: id(3), client_id: "first".to_owned(), actor: Some(Actor::Client { token: id(4) }) },
            Exchange { from: id(7), client_id: "second".to_owned(), actor: None },
            Exchange { from: id(8), client_id: "third".to_owned(), actor: Some(user) },
        ]
    }

    #[test]
    fn the_last_to_act_is_outside_and_an_impersonation_hides_nobody() {
        let act = act(&exchanges()).unwrap();
        assert_eq!(serde_json::to_string(&act).unwrap(), r#"{"sub":"grace","act":{"sub":"first"}}"#);
        assert_eq!(super::act(&exchanges()[1..2]), None);
    }

    #[test]
    fn a_token_hangs_on_every_token_grant_and_client_on_its_way() {
        let lineage = lineage(id(1), id(2), &exchanges());
        assert_eq!(lineage.tokens, [1, 3, 4, 7, 8, 5].map(id));
        assert_eq!(lineage.grants, [2, 6].map(id));
        assert_eq!(lineage.clients, ["first", "second", "third"]);
    }

    #[test]
    fn what_was_written_is_read_and_what_is_cut_off_is_not() {
        let mut bytes = Vec::new();
        write(&mut bytes, &exchanges());
        assert_eq!(read(&mut Reader(&bytes)), Some(exchanges()));
        for end in 0..bytes.len() {
            assert_eq!(read(&mut Reader(&bytes[..end])), None, "{end}");
        }
    }
}
